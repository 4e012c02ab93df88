-- Sessions, API tokens, throttles, kept answers.

-- name: session_insert
-- params: token_hash account_id rights_mask created_at seen_at expires_at user_agent peer
INSERT INTO session (token_hash, account_id, rights_mask, created_at, seen_at, expires_at, user_agent, peer)
VALUES (:token_hash, :account_id, :rights_mask, :created_at, :seen_at, :expires_at, :user_agent, :peer)
RETURNING id

-- name: session_actor
-- params: token_hash
-- the columns of struct session, then those of account_actor: what every request asks
SELECT s.id, s.account_id, s.rights_mask, s.created_at, s.seen_at, s.expires_at, s.ended_at, s.user_agent, s.peer,
  a.id, a.name, r.rights, a.all_lines, a.all_brands, a.language, a.active
FROM session s JOIN account a ON a.id = s.account_id JOIN role r ON r.id = a.role_id
WHERE s.token_hash = :token_hash

-- name: session_get
-- params: id
-- kept
SELECT id, account_id, rights_mask, created_at, seen_at, expires_at, ended_at, user_agent, peer
FROM session WHERE id = :id

-- name: session_list
-- params: account_id now
SELECT id, account_id, rights_mask, created_at, seen_at, expires_at, ended_at, user_agent, peer
FROM session WHERE account_id = :account_id AND ended_at IS NULL AND expires_at > :now
ORDER BY seen_at DESC, id DESC

-- name: session_touch
-- params: id now expires_at
UPDATE session SET seen_at = :now, expires_at = :expires_at
WHERE id = :id AND ended_at IS NULL AND seen_at < :now

-- name: session_end
-- params: id now
UPDATE session SET ended_at = :now WHERE id = :id AND ended_at IS NULL

-- name: session_end_others
-- params: account_id but now
UPDATE session SET ended_at = :now
WHERE account_id = :account_id AND id <> :but AND ended_at IS NULL AND expires_at > :now
RETURNING id

-- name: session_purge
-- params: before
DELETE FROM session WHERE expires_at < :before OR (ended_at IS NOT NULL AND ended_at < :before)

-- name: token_insert
-- params: token_hash hint name account_id rights lines brands created_at expires_at
INSERT INTO api_token (token_hash, hint, name, account_id, rights, lines, brands, created_at, expires_at)
VALUES (:token_hash, :hint, :name, :account_id, :rights, :lines, :brands, :created_at, :expires_at)
RETURNING id

-- name: token_by_hash
-- params: token_hash
-- the columns of struct token
SELECT id, account_id, hint, name, rights, lines, brands, created_at, expires_at, used_at, revoked_at
FROM api_token WHERE token_hash = :token_hash

-- name: token_get
-- params: id
-- kept
SELECT id, account_id, hint, name, rights, lines, brands, created_at, expires_at, used_at, revoked_at
FROM api_token WHERE id = :id

-- name: token_list
-- params: account_id
SELECT id, account_id, hint, name, rights, lines, brands, created_at, expires_at, used_at, revoked_at
FROM api_token WHERE account_id = :account_id AND revoked_at IS NULL ORDER BY id DESC

-- name: token_touch
-- params: id now
UPDATE api_token SET used_at = :now WHERE id = :id AND (used_at IS NULL OR used_at < :now)

-- name: token_revoke
-- params: id now
UPDATE api_token SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL

-- name: token_revoke_all
-- params: account_id now
UPDATE api_token SET revoked_at = :now WHERE account_id = :account_id AND revoked_at IS NULL

-- name: throttle_get
-- params: key
SELECT failures, first_at, blocked_until FROM throttle WHERE key = :key

-- name: throttle_set
-- params: key failures first_at blocked_until
INSERT INTO throttle (key, failures, first_at, blocked_until)
VALUES (:key, :failures, :first_at, :blocked_until)
ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, first_at = excluded.first_at,
  blocked_until = excluded.blocked_until

-- name: throttle_clear
-- params: key
DELETE FROM throttle WHERE key = :key

-- name: throttle_purge
-- params: before
DELETE FROM throttle WHERE first_at < :before AND blocked_until < :before

-- name: idempotency_get
-- params: account_id key since
SELECT request_hash, status, response FROM idempotency
WHERE account_id = :account_id AND key = :key AND created_at > :since

-- name: idempotency_put
-- params: account_id key request_hash status response created_at
INSERT INTO idempotency (account_id, key, request_hash, status, response, created_at)
VALUES (:account_id, :key, :request_hash, :status, :response, :created_at)
ON CONFLICT (account_id, key) DO UPDATE SET request_hash = excluded.request_hash,
  status = excluded.status, response = excluded.response, created_at = excluded.created_at

-- name: idempotency_purge
-- params: before
DELETE FROM idempotency WHERE created_at < :before
