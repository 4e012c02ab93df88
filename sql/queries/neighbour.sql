-- Tickets like a ticket: store/neighbour.c.

-- name: neighbour_solved
-- params: status limit
-- The newest of this status that were answered: id, subject, the customer's first words.
SELECT q.id, q.subject, substr(m.text, 1, 1500)
FROM (SELECT t.id, t.subject FROM ticket t
  WHERE t.status = :status AND t.merged_into IS NULL AND t.first_reply_at IS NOT NULL AND t.erased_at IS NULL
  ORDER BY t.last_message_at DESC, t.id DESC LIMIT :limit) q
JOIN message m ON m.id = (SELECT min(f.id) FROM message f WHERE f.ticket_id = q.id AND f.kind = 'customer')

-- name: neighbour_head
-- params:
SELECT coalesce(max(id), 0) FROM event

-- name: neighbour_open
-- params: contact_id but scope limit
-- Open tickets of the same customer: id, subject, the customer's first words.
SELECT q.id, q.subject, substr(m.text, 1, 20000)
FROM (SELECT t.id, t.subject FROM ticket t
  WHERE t.contact_id = :contact_id AND t.id <> :but AND t.merged_into IS NULL AND t.erased_at IS NULL
    AND t.status IN ('new', 'open', 'pending', 'on_hold') AND @visible(t, :scope)
  ORDER BY t.last_message_at DESC, t.id DESC LIMIT :limit) q
JOIN message m ON m.id = (SELECT min(f.id) FROM message f WHERE f.ticket_id = q.id AND f.kind = 'customer')

-- name: neighbour_first
-- params: ticket_id
-- The customer's first message.
SELECT m.id, m.subject, substr(m.text, 1, 20000) FROM message m
WHERE m.id = (SELECT min(f.id) FROM message f WHERE f.ticket_id = :ticket_id AND f.kind = 'customer')

-- name: neighbour_answer
-- params: ticket_id
-- The last answer to the customer.
SELECT m.id, substr(m.text, 1, 4000) FROM message m
WHERE m.id = (SELECT max(f.id) FROM message f WHERE f.ticket_id = :ticket_id AND f.kind = 'agent'
  AND f.thread_id IS NULL AND f.auto = 0 AND f.warning <> 'cancelled' AND f.erased_at IS NULL)
