-- Search in Russian and English at once: words at their places, stems, beginnings (text/term.h).
-- What was indexed otherwise goes; messages are indexed anew, newest first, from this cursor down.

CREATE TABLE search_word (       -- the words of letters of the index, each once: for beginnings and mistyped words
-- @sqlite
  word TEXT PRIMARY KEY
-- @end
-- @pg
  word TEXT COLLATE "C" PRIMARY KEY
-- @end
);
INSERT INTO event_cursor (name, event_id, updated_at)
SELECT 'search_old', max(id), 0 FROM message HAVING max(id) > 0;

-- @sqlite
DROP TABLE message_search;
CREATE VIRTUAL TABLE message_search USING fts5 (
  text, subject, author, file, content = '', tokenize = 'otklik'
);
-- @end
-- @pg
TRUNCATE TABLE message_search;
-- By their beginnings, which the usual indexes do not know in most languages.
CREATE INDEX contact_name_begin ON contact (name_fold text_pattern_ops);
CREATE INDEX identity_begin ON identity (kind, value_norm text_pattern_ops);
-- @end
