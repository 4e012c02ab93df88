-- Deadlines: store/job.h.

-- name: job_add
-- params: kind key due payload now
-- A moved job loses its lease: whoever runs it cannot remove it any more.
INSERT INTO job (kind, ukey, due, payload, created_at) VALUES (:kind, :key, :due, :payload, :now)
ON CONFLICT (kind, ukey) DO UPDATE SET due = excluded.due, payload = excluded.payload,
  attempts = 0, lease_owner = '', lease_until = 0, dead = 0, error = ''

-- name: job_add_missing
-- params: kind key due payload now
-- Leaves one that exists as it is.
INSERT INTO job (kind, ukey, due, payload, created_at) VALUES (:kind, :key, :due, :payload, :now)
ON CONFLICT (kind, ukey) DO NOTHING

-- name: job_cancel
-- params: kind key now
DELETE FROM job WHERE kind = :kind AND ukey = :key AND lease_until <= :now

-- name: job_reschedule
-- params: kind key due now
UPDATE job SET due = :due
WHERE kind = :kind AND ukey = :key AND dead = 0 AND lease_until <= :now

-- name: job_find
-- params: kind key
-- the columns of struct job
SELECT id, kind, ukey, due, payload, attempts, lease_owner, lease_until, dead, error
FROM job WHERE kind = :kind AND ukey = :key

-- name: job_claim
-- params: kind owner now until limit lease_now
-- The condition stands outside too: where two processes chose the same rows, the second finds them
-- leased when it gets to them.
UPDATE job SET lease_owner = :owner, lease_until = :until, attempts = attempts + 1
WHERE kind = :kind AND dead = 0 AND due <= :now AND lease_until <= :lease_now AND id IN (
  SELECT id FROM job WHERE kind = :kind AND dead = 0 AND due <= :now AND lease_until <= :lease_now
  ORDER BY due, id LIMIT :limit)
RETURNING id, kind, ukey, due, payload, attempts, lease_owner, lease_until, dead, error

-- name: job_forget_leases
UPDATE job SET lease_owner = '', lease_until = 0 WHERE lease_owner <> ''

-- name: job_next_due
-- params: kinds held
-- Of each kind: its first job that nobody has, and those before it, which are few, for somebody
-- has them. However many wait, only these are looked at.
WITH kind AS MATERIALIZED (
-- @sqlite
  SELECT value AS name FROM json_each(:kinds)
-- @end
-- @pg
  SELECT w.x AS name FROM @strs(:kinds) AS w(x)
-- @end
), free AS MATERIALIZED (
  SELECT k.name, (SELECT j.due FROM job j WHERE j.kind = k.name AND j.dead = 0 AND j.lease_until = 0
    ORDER BY j.due, j.id LIMIT 1) AS due
  FROM kind k)
SELECT min(x.due) FROM (
  SELECT f.due FROM free f
  UNION ALL
  SELECT CASE WHEN j.lease_until > 0 AND j.lease_until + :held > j.due THEN j.lease_until + :held ELSE j.due END
  FROM free f CROSS JOIN job j
  WHERE j.kind = f.name AND j.dead = 0 AND j.due < coalesce(f.due, 9223372036854775807)) x

-- name: job_finish
-- params: id owner
DELETE FROM job WHERE id = :id AND lease_owner = :owner

-- name: job_release
-- params: id owner due attempts dead error
UPDATE job SET due = :due, attempts = :attempts, dead = :dead, error = :error, lease_owner = '', lease_until = 0
WHERE id = :id AND lease_owner = :owner

-- name: job_count
-- live, dead
SELECT coalesce(sum(1 - dead), 0), coalesce(sum(dead), 0) FROM job

-- name: job_count_of
-- params: kind
SELECT coalesce(sum(1 - dead), 0), coalesce(sum(dead), 0) FROM job WHERE kind = :kind

-- name: job_list_dead
-- params: limit
SELECT id, kind, ukey, due, payload, attempts, lease_owner, lease_until, dead, error
FROM job WHERE dead = 1 ORDER BY due DESC, id DESC LIMIT :limit
