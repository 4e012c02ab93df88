-- Facts about the installation: instance_id, no_send ...

-- name: system_get
-- params: key
-- kept
-- value
SELECT value FROM system WHERE key = :key

-- name: system_set
-- params: key value
INSERT INTO system (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value

-- name: system_remove
-- params: key
DELETE FROM system WHERE key = :key
