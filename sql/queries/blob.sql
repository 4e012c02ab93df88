-- name: blob_insert
-- params: hash size stored_size codec created_at
INSERT INTO blob (hash, size, stored_size, codec, created_at)
VALUES (:hash, :size, :stored_size, :codec, :created_at)
ON CONFLICT (hash) DO NOTHING

-- name: blob_hold
-- params: hash
-- The row stays until the transaction that is going to name it ends.
-- @sqlite
SELECT 1 FROM blob WHERE hash = :hash
-- @pg
SELECT 1 FROM blob WHERE hash = :hash FOR KEY SHARE
-- @end

-- name: blob_get
-- params: hash
SELECT size, stored_size, codec FROM blob WHERE hash = :hash

-- name: blob_chunk_insert
-- params: hash n bytes
INSERT INTO blob_chunk (hash, n, bytes) VALUES (:hash, :n, :bytes)

-- name: blob_chunk_list
-- params: hash
SELECT bytes FROM blob_chunk WHERE hash = :hash ORDER BY n

-- name: blob_chunk_get
-- params: hash n
SELECT bytes FROM blob_chunk WHERE hash = :hash AND n = :n

-- name: blob_after
-- params: hash
SELECT hash, size, stored_size, codec FROM blob WHERE hash > :hash ORDER BY hash LIMIT 200
