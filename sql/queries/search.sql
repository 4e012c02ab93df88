-- name: search_index_source
-- params: id
-- One text of a message's words: subject, author, files, text, quoted tail.
SELECT m.subject, m.author_name, m.author_address, m.text, m.quoted,
  (SELECT count(*) FROM attachment x WHERE x.message_id = m.id), m.redacted_at
FROM message m WHERE m.id = :id AND m.erased_at IS NULL

-- name: search_index_insert
-- params: message_id words
-- words: SQLite, words with spaces between; PostgreSQL, the text form of a tsvector.
-- @sqlite
INSERT INTO message_search (rowid, text) VALUES (:message_id, :words)
-- @end
-- @pg
INSERT INTO message_search (message_id, words) VALUES (:message_id, CAST(:words AS tsvector))
ON CONFLICT (message_id) DO NOTHING
-- @end

-- name: search_steady
-- params: message_id
-- Its texts are what they were when it came. Asked apart from the insert: an INSERT ... SELECT would
-- have FTS5 write what it holds in memory for each message.
SELECT 1 FROM message m WHERE m.id = :message_id AND m.erased_at IS NULL AND m.redacted_at IS NULL

-- name: search_index_prepared
-- params: message_id words
-- PostgreSQL only: both in one question to the server.
-- @sqlite
SELECT 1
-- @end
-- @pg
INSERT INTO message_search (message_id, words)
SELECT m.id, CAST(CAST(:words AS text) AS tsvector) FROM message m
WHERE m.id = :message_id AND m.erased_at IS NULL AND m.redacted_at IS NULL
ON CONFLICT (message_id) DO NOTHING
-- @end

-- name: search_messages
-- params: query before limit scope
-- query: SQLite, an FTS5 expression of quoted words; PostgreSQL, the text form of a tsquery.
-- @sqlite
SELECT m.id, m.ticket_id, substr(m.text, 1, 20000), m.subject
FROM message_search s CROSS JOIN message m ON m.id = s.rowid CROSS JOIN ticket t ON t.id = m.ticket_id
WHERE s.message_search MATCH :query AND s.rowid < :before AND @visible(t, :scope)
ORDER BY s.rowid DESC LIMIT :limit
-- @end
-- @pg
WITH hit AS MATERIALIZED (
  SELECT s.message_id FROM message_search s
  WHERE s.words @@ CAST(:query AS tsquery) AND s.message_id < :before
)
SELECT m.id, m.ticket_id, substr(m.text, 1, 20000), m.subject
FROM hit JOIN message m ON m.id = hit.message_id JOIN ticket t ON t.id = m.ticket_id
WHERE @visible(t, :scope)
ORDER BY m.id DESC LIMIT :limit
-- @end

-- name: search_by_address
-- params: kind value_norm limit scope
SELECT t.id FROM ticket t
WHERE (t.contact_id IN (SELECT i.contact_id FROM identity i
    WHERE i.kind = :kind AND i.value_norm = :value_norm)
  OR t.id IN (SELECT p.ticket_id FROM participant p
    WHERE p.address_norm = :value_norm AND p.removed_at IS NULL))
  AND t.merged_into IS NULL AND @visible(t, :scope)
ORDER BY t.id DESC LIMIT :limit
