-- The SMTP servers by which a brand's letters leave, and how much left lately.

-- name: sender_get
-- params: id
-- kept
-- the columns of struct sender
SELECT id, brand_id, name, host, port, tls, auth, username, password, oauth_credential_id, serves,
  hour_most, position, active, version
FROM smtp_sender WHERE id = :id

-- name: sender_list
-- kept
SELECT id, brand_id, name, host, port, tls, auth, username, password, oauth_credential_id, serves,
  hour_most, position, active, version
FROM smtp_sender ORDER BY brand_id, position, id

-- name: sender_of_brand
-- params: brand_id
-- kept long
-- active ones
SELECT id, brand_id, name, host, port, tls, auth, username, password, oauth_credential_id, serves,
  hour_most, position, active, version
FROM smtp_sender WHERE brand_id = :brand_id AND active = 1 ORDER BY position, id

-- name: sender_insert
-- params: brand_id name host port tls auth username oauth_credential_id serves hour_most position active created_at
INSERT INTO smtp_sender (brand_id, name, host, port, tls, auth, username, oauth_credential_id, serves,
  hour_most, position, active, created_at)
VALUES (:brand_id, :name, :host, :port, :tls, :auth, :username, :oauth_credential_id, :serves,
  :hour_most, :position, :active, :created_at)
RETURNING id

-- name: sender_update
-- params: id version brand_id name host port tls auth username oauth_credential_id serves hour_most position active
UPDATE smtp_sender SET brand_id = :brand_id, name = :name, host = :host, port = :port, tls = :tls,
  auth = :auth, username = :username, oauth_credential_id = :oauth_credential_id, serves = :serves,
  hour_most = :hour_most, position = :position, active = :active, version = version + 1
WHERE id = :id AND version = :version

-- name: sender_set_password
-- params: id box
UPDATE smtp_sender SET password = :box WHERE id = :id

-- name: sender_offered
-- params: sender_id since
-- how many recipients since then, and when the first of them was
SELECT count(*), min(offered_at) FROM delivery WHERE offered_at > :since AND sender_id = :sender_id

-- name: inbox_offered
-- params: inbox_id since
SELECT count(*), min(d.offered_at) FROM delivery d JOIN message m ON m.id = d.message_id
WHERE d.offered_at > :since AND m.inbox_id = :inbox_id

-- name: inbox_held_before
-- params: inbox_id message_id
-- letters of this inbox that a limit holds and that are older
SELECT count(DISTINCT d.message_id) FROM delivery d JOIN message m ON m.id = d.message_id
WHERE d.held = 'limit' AND d.state = 'queued' AND d.message_id < :message_id
  AND m.inbox_id = :inbox_id

-- name: inbox_offered_nth
-- params: inbox_id since skip
-- when the next but so many falls out of the hour
SELECT d.offered_at FROM delivery d JOIN message m ON m.id = d.message_id
WHERE d.offered_at > :since AND m.inbox_id = :inbox_id ORDER BY d.offered_at, d.id LIMIT 1 OFFSET :skip

-- name: held_wake
-- params: due now
-- what a limit holds looks again: the limit has changed
UPDATE job SET due = :due
WHERE kind = 'send' AND dead = 0 AND lease_until <= :now AND due > :due AND ukey IN (
  SELECT 'message:' || d.message_id FROM delivery d WHERE d.held = 'limit' AND d.state = 'queued')

-- name: held_count
SELECT count(DISTINCT message_id) FROM delivery WHERE held = 'limit' AND state = 'queued'
