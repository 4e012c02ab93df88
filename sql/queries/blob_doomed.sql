-- Blobs that are to be removed: store/blob_doomed.c.

-- name: blob_doom
-- params: hash now
INSERT INTO blob_doomed (hash, noted_at) VALUES (:hash, :now) ON CONFLICT (hash) DO NOTHING

-- name: blob_doom_unreferenced
-- params: before now limit
-- Blobs that nothing names any more, older than :before (an upload under way has its blob first).
INSERT INTO blob_doomed (hash, noted_at)
SELECT b.hash, :now FROM blob b
WHERE b.created_at < :before
  AND NOT EXISTS (SELECT 1 FROM attachment x WHERE x.hash = b.hash)
  AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.hash = b.hash)
  AND NOT EXISTS (SELECT 1 FROM message m WHERE m.raw_hash = b.hash)
  AND NOT EXISTS (SELECT 1 FROM intake i WHERE i.raw_hash = b.hash)
LIMIT :limit
ON CONFLICT (hash) DO NOTHING

-- name: blob_referenced
-- params: hash
SELECT CASE WHEN EXISTS (SELECT 1 FROM attachment x WHERE x.hash = :hash)
  OR EXISTS (SELECT 1 FROM upload u WHERE u.hash = :hash)
  OR EXISTS (SELECT 1 FROM message m WHERE m.raw_hash = :hash)
  OR EXISTS (SELECT 1 FROM intake i WHERE i.raw_hash = :hash) THEN 1 ELSE 0 END

-- name: blob_doomed_next
-- params: after
SELECT hash FROM blob_doomed WHERE hash > :after ORDER BY hash LIMIT 100

-- name: blob_delete_chunks
-- params: hash
DELETE FROM blob_chunk WHERE hash = :hash

-- name: blob_delete
-- params: hash
DELETE FROM blob WHERE hash = :hash

-- name: blob_doomed_forget
-- params: hash
DELETE FROM blob_doomed WHERE hash = :hash
