-- The ledger: store/intake.h.

-- name: intake_insert
-- params: received_at channel inbox_id brand_id line_id peer sender recipient from_address subject size digest mail_id raw_hash state reason ticket_id message_id detail
INSERT INTO intake (received_at, channel, inbox_id, brand_id, line_id, peer, sender, recipient,
  from_address, subject, size, digest, mail_id, raw_hash, state, reason, ticket_id, message_id, detail)
VALUES (:received_at, :channel, :inbox_id, :brand_id, :line_id, :peer, :sender, :recipient,
  :from_address, :subject, :size, :digest, :mail_id, :raw_hash, :state, :reason, :ticket_id, :message_id, :detail)
RETURNING id

-- name: intake_get
-- params: id
-- the columns of struct intake
SELECT i.id, i.received_at, i.channel, i.inbox_id, i.brand_id, i.line_id, x.name, i.peer, i.sender,
  i.recipient, i.from_address, i.subject, i.size, i.digest, i.mail_id, i.raw_hash, i.state, i.reason,
  i.ticket_id, i.message_id, i.decided_by, a.name, i.decided_at, i.decided_note, i.owner_id, o.name,
  i.owned_at, i.detail
FROM intake i LEFT JOIN inbox x ON x.id = i.inbox_id LEFT JOIN account a ON a.id = i.decided_by
  LEFT JOIN account o ON o.id = i.owner_id
WHERE i.id = :id

-- name: intake_place
-- params: ticket_id message_id
-- Where the ticket is today that an item became; the twin of @visible_item.
SELECT t.line_id, t.brand_id FROM ticket t
WHERE t.id = coalesce((SELECT m.ticket_id FROM message m WHERE m.id = :message_id), :ticket_id)

-- name: intake_find_earlier
-- params: inbox_id mail_id digest
-- The oldest item of the inbox with this Message-ID and digest that was looked at, also when it was refused,
-- or its words were erased since (then a copy counts too: what it was a copy of has no Message-ID any more).
SELECT i.id, i.received_at, i.channel, i.inbox_id, i.brand_id, i.line_id, '', i.peer, i.sender,
  i.recipient, i.from_address, i.subject, i.size, i.digest, i.mail_id, i.raw_hash, i.state, i.reason,
  i.ticket_id, i.message_id, i.decided_by, '', i.decided_at, i.decided_note, i.owner_id, '',
  i.owned_at, i.detail
FROM intake i WHERE i.digest = :digest AND i.inbox_id = :inbox_id AND i.mail_id IN (:mail_id, 'erased')
  AND (i.state <> 'duplicate' OR i.mail_id = 'erased')
ORDER BY i.id LIMIT 1

-- name: intake_find_mail_id
-- params: inbox_id mail_id
-- The oldest item of the inbox with this Message-ID that was taken.
SELECT i.id, i.received_at, i.channel, i.inbox_id, i.brand_id, i.line_id, '', i.peer, i.sender,
  i.recipient, i.from_address, i.subject, i.size, i.digest, i.mail_id, i.raw_hash, i.state, i.reason,
  i.ticket_id, i.message_id, i.decided_by, '', i.decided_at, i.decided_note, i.owner_id, '',
  i.owned_at, i.detail
FROM intake i WHERE i.mail_id = :mail_id AND i.inbox_id = :inbox_id
  AND i.state IN ('accepted', 'quarantined')
ORDER BY i.id LIMIT 1

-- name: intake_find_twin
-- params: mail_id digest
-- The oldest accepted item of any inbox.
SELECT i.id, i.received_at, i.channel, i.inbox_id, i.brand_id, i.line_id, '', i.peer, i.sender,
  i.recipient, i.from_address, i.subject, i.size, i.digest, i.mail_id, i.raw_hash, i.state, i.reason,
  i.ticket_id, i.message_id, i.decided_by, '', i.decided_at, i.decided_note, i.owner_id, '',
  i.owned_at, i.detail
FROM intake i WHERE i.digest = :digest AND i.mail_id = :mail_id AND i.state = 'accepted'
ORDER BY i.id LIMIT 1

-- name: intake_decide
-- params: id was state reason brand_id line_id ticket_id message_id decided_by decided_at decided_note
UPDATE intake SET state = :state, reason = :reason, brand_id = :brand_id, line_id = :line_id,
  ticket_id = :ticket_id, message_id = :message_id, decided_by = :decided_by,
  decided_at = :decided_at, decided_note = :decided_note
WHERE id = :id AND state = :was

-- name: intake_count_content
-- params: inbox_id mail_id digest
-- How many times this letter came to this inbox, whatever became of it.
SELECT count(*) FROM intake
WHERE digest = :digest AND inbox_id = :inbox_id AND mail_id IN (:mail_id, 'erased')

-- name: import_thread_get
-- params: key
SELECT ticket_id FROM import_thread WHERE key = :key

-- name: import_thread_put
-- params: key ticket_id
INSERT INTO import_thread (key, ticket_id) VALUES (:key, :ticket_id) ON CONFLICT (key) DO NOTHING

-- name: intake_own
-- params: id owner_id owned_at
UPDATE intake SET owner_id = :owner_id, owned_at = :owned_at WHERE id = :id

-- name: house_names
-- params:
-- Under what names the house writes: kind (account, brand, inbox) and name.
SELECT 'account', name FROM account WHERE active = 1
UNION ALL SELECT 'brand', name FROM brand WHERE active = 1
UNION ALL SELECT 'inbox', sender_name FROM inbox WHERE active = 1 AND sender_name <> ''
