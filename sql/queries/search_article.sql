-- Articles in the search index: store/search_article.c.

-- name: search_article_due
-- params: limit
-- Articles whose entry is not of this version, or is one too many.
-- @sqlite
SELECT a.id, a.version, a.state, a.title, a.body, a.questions
FROM article a LEFT JOIN article_search s ON s.rowid = a.id
WHERE CASE a.state WHEN 'archived' THEN s.rowid IS NOT NULL ELSE s.version IS NULL OR s.version <> a.version END
ORDER BY a.id LIMIT :limit
-- @end
-- @pg
SELECT a.id, a.version, a.state, a.title, a.body, a.questions
FROM article a LEFT JOIN article_search s ON s.article_id = a.id
WHERE CASE a.state WHEN 'archived' THEN s.article_id IS NOT NULL ELSE s.version IS NULL OR s.version <> a.version END
ORDER BY a.id LIMIT :limit
-- @end

-- name: search_article_steady
-- params: id version
SELECT count(*) FROM article WHERE id = :id AND version = :version AND state <> 'archived'

-- name: search_article_drop
-- params: id
-- @sqlite
DELETE FROM article_search WHERE rowid = :id
-- @end
-- @pg
DELETE FROM article_search WHERE article_id = :id
-- @end

-- name: search_article_put
-- params: id version:int text subject
-- PostgreSQL: all terms are in text, its fields are weights.
-- @sqlite
INSERT INTO article_search (rowid, version, text, subject) VALUES (:id, :version, :text, :subject)
-- @end
-- @pg
INSERT INTO article_search (article_id, version, words)
SELECT :id, :version, CAST(CAST(:text AS text) AS tsvector) WHERE CAST(:subject AS text) IS NOT NULL
-- @end

-- name: search_article_any
-- params: query
-- @sqlite
SELECT s.rowid FROM article_search s WHERE s.article_search MATCH :query LIMIT 1
-- @end
-- @pg
SELECT s.article_id FROM article_search s WHERE s.words @@ CAST(:query AS tsquery) LIMIT 1
-- @end

-- name: search_articles
-- params: query drafts:int everywhere:int brands limit
-- Those that somebody sees, the best first: words of titles are worth most.
-- @sqlite
SELECT a.id, a.brand_id, a.language, a.title, substr(a.body, 1, 8000), a.state,
  -bm25(article_search, 1.0, 6.0) AS worth
FROM article_search s CROSS JOIN article a ON a.id = s.rowid
WHERE s.article_search MATCH :query
  AND (a.state = 'published' OR (:drafts = 1 AND a.state = 'draft'))
  AND (:everywhere = 1 OR a.brand_id IS NULL OR a.brand_id IN @ids(:brands))
ORDER BY worth DESC, a.updated_at DESC, a.id DESC LIMIT :limit
-- @end
-- @pg
SELECT a.id, a.brand_id, a.language, a.title, substr(a.body, 1, 8000), a.state,
  ts_rank('{0.15, 0.15, 0.15, 1.0}', s.words, CAST(:query AS tsquery), 1) AS worth
FROM article_search s JOIN article a ON a.id = s.article_id
WHERE s.words @@ CAST(:query AS tsquery)
  AND (a.state = 'published' OR (:drafts = 1 AND a.state = 'draft'))
  AND (:everywhere = 1 OR a.brand_id IS NULL OR a.brand_id IN @ids(:brands))
ORDER BY worth DESC, a.updated_at DESC, a.id DESC LIMIT :limit
-- @end
