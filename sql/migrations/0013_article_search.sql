-- Articles of the handbook by the same query language as messages (store/search_article.c). The entry
-- knows the version it was made of; archived articles have none. Those that are there already are
-- indexed when the service starts: the cursor says so.

-- @sqlite
CREATE VIRTUAL TABLE article_search USING fts5 (
  text, subject, author, file, version UNINDEXED, tokenize = 'otklik'
);
CREATE TRIGGER article_search_gone AFTER DELETE ON article BEGIN
  DELETE FROM article_search WHERE rowid = old.id;
END;
-- @end
-- @pg
CREATE TABLE article_search (
  article_id BIGINT PRIMARY KEY REFERENCES article (id) ON DELETE CASCADE,
  version    BIGINT NOT NULL,
  words      tsvector NOT NULL
);
CREATE INDEX article_search_words ON article_search USING gin (words);
-- @end
INSERT INTO event_cursor (name, event_id, updated_at)
SELECT 'search_articles', 1, 0 WHERE EXISTS (SELECT 1 FROM article);
