-- name: delivery_insert
-- params: message_id address role state attempts code status answer updated_at instead_of
INSERT INTO delivery (message_id, address, role, state, attempts, code, status, answer, updated_at,
  instead_of)
VALUES (:message_id, :address, :role, :state, :attempts, :code, :status, :answer, :updated_at,
  :instead_of)
RETURNING id

-- name: delivery_of_messages
-- params: ids
SELECT d.id, d.message_id, d.address, d.role, d.state, d.attempts, d.code, d.status, d.answer,
  d.updated_at, d.sender_id, d.offered_at, d.held, d.due_at, d.instead_of, coalesce(s.name, '')
FROM delivery d LEFT JOIN smtp_sender s ON s.id = d.sender_id
WHERE d.message_id IN @ids(:ids) ORDER BY d.message_id, d.id

-- name: delivery_get
-- params: id
SELECT d.id, d.message_id, d.address, d.role, d.state, d.attempts, d.code, d.status, d.answer,
  d.updated_at, d.sender_id, d.offered_at, d.held, d.due_at, d.instead_of, coalesce(s.name, '')
FROM delivery d LEFT JOIN smtp_sender s ON s.id = d.sender_id WHERE d.id = :id

-- name: delivery_update
-- params: id state attempts code status answer updated_at sender_id offered_at held due_at
UPDATE delivery SET state = :state, attempts = :attempts, code = :code, status = :status,
  answer = :answer, updated_at = :updated_at, sender_id = :sender_id, offered_at = :offered_at,
  held = :held, due_at = :due_at
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

-- name: delivery_corrected
-- params: ticket_id contact_id
-- Addresses of the contact and what took their place, unless the customer has written from them
-- since; the newest first. Found by those addresses: few were ever corrected.
SELECT i.value, d.address FROM identity i CROSS JOIN delivery d CROSS JOIN message m
WHERE i.contact_id = :contact_id AND i.kind = 'email'
  AND d.instead_of <> '' AND lower(d.instead_of) = lower(i.value)
  AND m.id = d.message_id AND +m.ticket_id = :ticket_id AND m.thread_id IS NULL
  AND m.id > coalesce((SELECT max(x.id) FROM message x WHERE x.ticket_id = :ticket_id
    AND x.kind = 'customer' AND lower(x.author_address) = lower(i.value)), 0)
ORDER BY d.id DESC
