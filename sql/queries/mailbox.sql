-- Mailboxes read by IMAP, and OAuth2 credentials: store/mailbox.h, store/oauth.h.

-- name: oauth_get
-- params: id
-- the columns of struct oauth_credential
SELECT id, name, token_url, client_id, client_secret, scope, refresh_token, access_token, expires_at, state,
  error, error_at, ok_at, lease_until, version, hosts
FROM oauth_credential WHERE id = :id

-- name: oauth_list
SELECT id, name, token_url, client_id, client_secret, scope, refresh_token, access_token, expires_at, state,
  error, error_at, ok_at, lease_until, version, hosts
FROM oauth_credential ORDER BY id

-- name: oauth_insert
-- params: name token_url client_id scope hosts now
INSERT INTO oauth_credential (name, token_url, client_id, scope, hosts, created_at)
VALUES (:name, :token_url, :client_id, :scope, :hosts, :now) RETURNING id

-- name: oauth_update
-- params: id version name token_url client_id scope client_secret refresh_token hosts
-- What was entered anew is tried anew: tokens of before are gone.
UPDATE oauth_credential SET name = :name, token_url = :token_url, client_id = :client_id, scope = :scope,
  hosts = :hosts, client_secret = :client_secret, refresh_token = :refresh_token, access_token = '', expires_at = NULL,
  state = 'new', error = '', error_at = NULL, lease_until = 0, version = version + 1
WHERE id = :id AND version = :version

-- name: oauth_delete
-- params: id
DELETE FROM oauth_credential WHERE id = :id

-- name: oauth_claim
-- params: id version now until
UPDATE oauth_credential SET lease_until = :until
WHERE id = :id AND version = :version AND lease_until <= :now

-- name: oauth_renewed
-- params: id version lease access_token expires_at refresh_token now
UPDATE oauth_credential SET access_token = :access_token, expires_at = :expires_at,
  refresh_token = CASE WHEN :refresh_token = '' THEN refresh_token ELSE :refresh_token END,
  state = 'ok', error = '', error_at = NULL, ok_at = :now, lease_until = 0
WHERE id = :id AND version = :version AND lease_until = :lease

-- name: oauth_failed
-- params: id version lease state error now
UPDATE oauth_credential SET state = :state, error = :error, error_at = :now, lease_until = 0
WHERE id = :id AND version = :version AND lease_until = :lease

-- name: oauth_forget
-- params: id access_token
UPDATE oauth_credential SET access_token = '', expires_at = NULL
WHERE id = :id AND access_token = :access_token

-- name: oauth_count_bad
SELECT count(*) FROM oauth_credential WHERE state = 'consent'

-- name: mailbox_get
-- params: id
-- the columns of struct mailbox
SELECT id, inbox_id, host, port, tls, username, auth, secret, oauth_id, folder, after, take_old, active,
  uidvalidity, last_uid, state, error, error_arg, error_at, ok_at, lease_owner, lease_until, version, created_at
FROM mailbox WHERE id = :id

-- name: mailbox_list
SELECT id, inbox_id, host, port, tls, username, auth, secret, oauth_id, folder, after, take_old, active,
  uidvalidity, last_uid, state, error, error_arg, error_at, ok_at, lease_owner, lease_until, version, created_at
FROM mailbox ORDER BY id

-- name: mailbox_insert
-- params: inbox_id host port tls username auth oauth_id folder after take_old active now
INSERT INTO mailbox (inbox_id, host, port, tls, username, auth, oauth_id, folder, after, take_old, active, created_at)
VALUES (:inbox_id, :host, :port, :tls, :username, :auth, :oauth_id, :folder, :after, :take_old, :active, :now)
RETURNING id

-- name: mailbox_update
-- params: id version inbox_id host port tls username auth secret oauth_id folder after take_old active uidvalidity last_uid
-- A changed mailbox is tried anew, by whoever comes first.
UPDATE mailbox SET inbox_id = :inbox_id, host = :host, port = :port, tls = :tls, username = :username,
  auth = :auth, secret = :secret, oauth_id = :oauth_id, folder = :folder, after = :after,
  take_old = :take_old, active = :active, uidvalidity = :uidvalidity, last_uid = :last_uid,
  state = 'new', error = '', error_arg = '', error_at = NULL,
  lease_owner = '', lease_until = 0, version = version + 1
WHERE id = :id AND version = :version

-- name: mailbox_delete
-- params: id
DELETE FROM mailbox WHERE id = :id

-- name: mailbox_claim
-- params: id version owner now until
UPDATE mailbox SET lease_owner = :owner, lease_until = :until
WHERE id = :id AND version = :version AND active = 1 AND (lease_until <= :now OR lease_owner = :owner)

-- name: mailbox_unclaim
-- params: id owner
UPDATE mailbox SET lease_owner = '', lease_until = 0 WHERE id = :id AND lease_owner = :owner

-- name: mailbox_unclaim_all
UPDATE mailbox SET lease_owner = '', lease_until = 0 WHERE lease_owner <> ''

-- name: mailbox_cursor_start
-- params: id version owner uidvalidity last_uid
UPDATE mailbox SET uidvalidity = :uidvalidity, last_uid = :last_uid
WHERE id = :id AND version = :version AND lease_owner = :owner

-- name: mailbox_cursor_move
-- params: id version owner uidvalidity last_uid until
UPDATE mailbox SET last_uid = :last_uid, lease_until = :until
WHERE id = :id AND version = :version AND lease_owner = :owner AND uidvalidity = :uidvalidity
  AND last_uid < :last_uid

-- name: mailbox_set_state
-- params: id version owner state error error_arg now:int good
UPDATE mailbox SET state = :state, error = :error, error_arg = :error_arg,
  error_at = CASE WHEN :good = 1 THEN NULL ELSE :now END,
  ok_at = CASE WHEN :good = 1 THEN :now ELSE ok_at END
WHERE id = :id AND version = :version AND lease_owner = :owner

-- name: mailbox_count_bad
SELECT count(*) FROM mailbox WHERE active = 1 AND state NOT IN ('new', 'ok')
