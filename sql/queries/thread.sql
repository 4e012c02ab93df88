-- name: thread_insert
-- params: ticket_id subject created_by created_at
INSERT INTO side_thread (ticket_id, subject, created_by, created_at)
VALUES (:ticket_id, :subject, :created_by, :created_at)
RETURNING id

-- name: thread_get
-- params: id scope
SELECT s.id, s.ticket_id, s.subject, s.created_by, a.name, s.created_at, s.closed_at,
  (SELECT count(*) FROM message m WHERE m.ticket_id = s.ticket_id AND m.thread_id = s.id)
FROM side_thread s JOIN ticket t ON t.id = s.ticket_id LEFT JOIN account a ON a.id = s.created_by
WHERE s.id = :id AND @visible(t, :scope)

-- name: thread_of_ticket
-- params: ticket_id
SELECT s.id, s.ticket_id, s.subject, s.created_by, a.name, s.created_at, s.closed_at,
  (SELECT count(*) FROM message m WHERE m.ticket_id = s.ticket_id AND m.thread_id = s.id)
FROM side_thread s LEFT JOIN account a ON a.id = s.created_by
WHERE s.ticket_id = :ticket_id ORDER BY s.id

-- name: participant_insert
-- params: ticket_id thread_id address address_norm name role added_by created_at
INSERT INTO participant (ticket_id, thread_id, address, address_norm, name, role, added_by,
  created_at)
VALUES (:ticket_id, :thread_id, :address, :address_norm, :name, :role, :added_by, :created_at)
RETURNING id

-- name: participant_get
-- params: id scope
SELECT p.id, p.ticket_id, p.thread_id, p.address, p.address_norm, p.name, p.role, p.added_by,
  p.created_at, p.removed_at
FROM participant p JOIN ticket t ON t.id = p.ticket_id
WHERE p.id = :id AND @visible(t, :scope)

-- name: participant_remove
-- params: id now
UPDATE participant SET removed_at = :now WHERE id = :id AND removed_at IS NULL

-- name: participant_of_ticket
-- params: ticket_id
SELECT p.id, p.ticket_id, p.thread_id, p.address, p.address_norm, p.name, p.role, p.added_by,
  p.created_at, p.removed_at
FROM participant p WHERE p.ticket_id = :ticket_id AND p.removed_at IS NULL ORDER BY p.id
