-- name: search_index_source
-- params: id
-- One text of a message's words: subject, author, files, text, quoted tail.
SELECT m.subject, m.author_name, m.author_address, m.text, m.quoted,
  (SELECT count(*) FROM attachment x WHERE x.message_id = m.id), m.redacted_at
FROM message m WHERE m.id = :id AND m.erased_at IS NULL

-- name: search_put
-- params: message_id text subject author file
-- SQLite only: the terms of each field.
-- @sqlite
INSERT INTO message_search (rowid, text, subject, author, file)
VALUES (:message_id, :text, :subject, :author, :file)
-- @end
-- @pg
SELECT 1
-- @end

-- name: search_put_words
-- params: message_id words
-- PostgreSQL only: the text form of a tsvector, if the message is still what it was.
-- @sqlite
SELECT 1
-- @end
-- @pg
INSERT INTO message_search (message_id, words)
SELECT m.id, CAST(CAST(:words AS text) AS tsvector) FROM message m
WHERE m.id = :message_id AND m.erased_at IS NULL
ON CONFLICT (message_id) DO NOTHING
-- @end

-- name: search_steady
-- params: ids
-- Of these, whose texts are what they were when they came. Asked apart from the insert: an
-- INSERT ... SELECT would have FTS5 write what it holds in memory for each message.
SELECT m.id FROM message m WHERE m.id IN @ids(:ids) AND m.erased_at IS NULL AND m.redacted_at IS NULL
ORDER BY m.id

-- name: search_old_ids
-- params: upto limit
SELECT m.id FROM message m WHERE m.id <= :upto ORDER BY m.id DESC LIMIT :limit

-- name: search_candidates
-- params: query before limit
-- query: SQLite, an FTS5 expression; PostgreSQL, the text form of a tsquery. Newest first. "+ 0" there
-- keeps the planner from reading the index of ids, nearly all of them, beside that of words.
-- @sqlite
SELECT s.rowid FROM message_search s
WHERE s.message_search MATCH :query AND s.rowid < :before ORDER BY s.rowid DESC LIMIT :limit
-- @end
-- @pg
WITH hit AS MATERIALIZED (
  SELECT s.message_id FROM message_search s
  WHERE s.words @@ CAST(:query AS tsquery) AND s.message_id + 0 < :before
)
SELECT hit.message_id FROM hit ORDER BY hit.message_id DESC LIMIT :limit
-- @end

-- name: search_recent
-- params: query low before limit
-- PostgreSQL only: frequent words are found among the newest messages, without reading all that
-- hold them. IS TRUE keeps the planner from asking the index of words.
-- @sqlite
SELECT 1
-- @end
-- @pg
SELECT s.message_id FROM message_search s
WHERE s.message_id >= :low AND s.message_id < :before AND (s.words @@ CAST(:query AS tsquery)) IS TRUE
ORDER BY s.message_id DESC LIMIT :limit
-- @end

-- name: search_window
-- params: query low before limit
-- PostgreSQL only: of a window of messages, by the index of words and that of ids, so that only rows of
-- the window are read.
-- @sqlite
SELECT 1
-- @end
-- @pg
WITH hit AS MATERIALIZED (
  SELECT s.message_id FROM message_search s
  WHERE s.words @@ CAST(:query AS tsquery) AND s.message_id >= :low AND s.message_id < :before
)
SELECT hit.message_id FROM hit ORDER BY hit.message_id DESC LIMIT :limit
-- @end

-- name: search_newest
-- params:
-- @sqlite
SELECT coalesce(max(id), 0) FROM message_search_docsize
-- @end
-- @pg
SELECT coalesce(max(message_id), 0) FROM message_search
-- @end

-- name: search_texts
-- params: ids
SELECT m.id, m.subject, substr(m.text, 1, 20000), m.created_at FROM message m WHERE m.id IN @ids(:ids)

-- name: search_by_address
-- params: kind value_norm limit scope
SELECT t.id FROM ticket t
WHERE (t.contact_id IN (SELECT i.contact_id FROM identity i
    WHERE i.kind = :kind AND i.value_norm = :value_norm)
  OR t.id IN (SELECT p.ticket_id FROM participant p
    WHERE p.address_norm = :value_norm AND p.removed_at IS NULL))
  AND t.merged_into IS NULL AND @visible(t, :scope)
ORDER BY t.id DESC LIMIT :limit

-- ---- the words of the index ----

-- name: search_word_add
-- params: words
-- @sqlite
INSERT INTO search_word (word) SELECT value FROM json_each(:words) WHERE 1 = 1 ON CONFLICT DO NOTHING
-- @end
-- @pg
INSERT INTO search_word (word) SELECT w.x FROM @strs(:words) AS w(x) ON CONFLICT DO NOTHING
-- @end

-- name: search_word_from
-- params: low limit
SELECT word FROM search_word WHERE word >= :low ORDER BY word LIMIT :limit

-- name: search_word_between
-- params: low high limit
SELECT word FROM search_word WHERE word >= :low AND word < :high ORDER BY word LIMIT :limit

-- name: search_word_drop
-- params: word
DELETE FROM search_word WHERE word = :word

-- ---- contacts ----

-- name: search_contacts_by_name
-- params: begin end limit
-- By the beginning of the name. PostgreSQL: as bytes sort, whatever the language of the database.
-- @sqlite
SELECT c.id FROM contact c WHERE c.name_fold >= :begin AND c.name_fold < :end
  AND c.merged_into IS NULL AND c.erased_at IS NULL ORDER BY c.name_fold LIMIT :limit
-- @end
-- @pg
SELECT c.id FROM contact c WHERE c.name_fold ~>=~ :begin AND c.name_fold ~<~ :end
  AND c.merged_into IS NULL AND c.erased_at IS NULL ORDER BY c.name_fold USING ~<~ LIMIT :limit
-- @end

-- name: search_contacts_by_identity
-- params: kind begin end limit
-- @sqlite
SELECT i.contact_id FROM identity i WHERE i.kind = :kind AND i.value_norm >= :begin
  AND i.value_norm < :end ORDER BY i.value_norm LIMIT :limit
-- @end
-- @pg
SELECT i.contact_id FROM identity i WHERE i.kind = :kind AND i.value_norm ~>=~ :begin
  AND i.value_norm ~<~ :end ORDER BY i.value_norm USING ~<~ LIMIT :limit
-- @end

-- name: search_contacts_of_messages
-- params: ids limit
SELECT m.contact_id, max(m.id) FROM message m WHERE m.id IN @ids(:ids) AND m.contact_id IS NOT NULL
GROUP BY m.contact_id ORDER BY 2 DESC LIMIT :limit
