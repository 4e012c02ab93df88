-- Blobs that are to be removed: store/blob_doomed.c.

-- name: blob_doom
-- params: hash now
INSERT INTO blob_doomed (hash, noted_at) VALUES (:hash, :now) ON CONFLICT (hash) DO NOTHING

-- name: blob_unreferenced
-- params: after before
-- Blobs that nothing names, made before :before (an upload or letter under way has its blob first).
SELECT b.hash FROM blob b
WHERE b.hash > :after AND b.created_at < :before
  AND NOT EXISTS (SELECT 1 FROM attachment x WHERE x.hash = b.hash)
  AND NOT EXISTS (SELECT 1 FROM upload u WHERE u.hash = b.hash)
  AND NOT EXISTS (SELECT 1 FROM message m WHERE m.raw_hash = b.hash)
  AND NOT EXISTS (SELECT 1 FROM intake i WHERE i.raw_hash = b.hash)
  AND NOT EXISTS (SELECT 1 FROM model x WHERE x.hash = b.hash)
ORDER BY b.hash LIMIT 100

-- name: blob_seize
-- params: hash
-- The row, if nobody is about to name it: whoever holds it (blob_hold) is not waited for.
-- @sqlite
SELECT 1 FROM blob WHERE hash = :hash
-- @pg
SELECT 1 FROM blob WHERE hash = :hash FOR UPDATE SKIP LOCKED
-- @end

-- name: blob_referenced
-- params: hash
SELECT CASE WHEN EXISTS (SELECT 1 FROM attachment x WHERE x.hash = :hash)
  OR EXISTS (SELECT 1 FROM upload u WHERE u.hash = :hash)
  OR EXISTS (SELECT 1 FROM message m WHERE m.raw_hash = :hash)
  OR EXISTS (SELECT 1 FROM intake i WHERE i.raw_hash = :hash)
  OR EXISTS (SELECT 1 FROM model x WHERE x.hash = :hash) THEN 1 ELSE 0 END

-- name: blob_doomed_next
-- params: after
SELECT hash FROM blob_doomed WHERE hash > :after ORDER BY hash LIMIT 100

-- name: blob_known
-- params: hash
-- Has it a row, or a note that its row went and its file will?
SELECT CASE WHEN EXISTS (SELECT 1 FROM blob WHERE hash = :hash)
  OR EXISTS (SELECT 1 FROM blob_doomed WHERE hash = :hash) THEN 1 ELSE 0 END

-- name: blob_delete_chunks
-- params: hash
DELETE FROM blob_chunk WHERE hash = :hash

-- name: blob_delete
-- params: hash
DELETE FROM blob WHERE hash = :hash

-- name: blob_doomed_forget
-- params: hash
DELETE FROM blob_doomed WHERE hash = :hash
