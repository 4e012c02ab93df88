-- name: delivery_insert
-- params: message_id address role state attempts code status answer updated_at
INSERT INTO delivery (message_id, address, role, state, attempts, code, status, answer, updated_at)
VALUES (:message_id, :address, :role, :state, :attempts, :code, :status, :answer, :updated_at)
RETURNING id

-- name: delivery_of_messages
-- params: ids
SELECT id, message_id, address, role, state, attempts, code, status, answer, updated_at
FROM delivery WHERE message_id IN @ids(:ids) ORDER BY message_id, id

-- name: delivery_get
-- params: id
SELECT id, message_id, address, role, state, attempts, code, status, answer, updated_at
FROM delivery WHERE id = :id

-- name: delivery_update
-- params: id state attempts code status answer updated_at
UPDATE delivery SET state = :state, attempts = :attempts, code = :code, status = :status,
  answer = :answer, updated_at = :updated_at
WHERE id = :id

-- name: delivery_delete
-- params: message_id
DELETE FROM delivery WHERE message_id = :message_id

-- name: delivery_waiting
SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending')

-- name: delivery_find_message
-- params: ticket_id thread_id address
SELECT d.message_id FROM message m JOIN delivery d ON d.message_id = m.id
WHERE m.ticket_id = :ticket_id AND coalesce(m.thread_id, 0) = :thread_id
  AND lower(d.address) = :address
ORDER BY d.id DESC LIMIT 1
