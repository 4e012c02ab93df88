-- name: merge_insert
-- params: kind from_id into_id moved created_by created_at
INSERT INTO merge (kind, from_id, into_id, moved, created_by, created_at)
VALUES (:kind, :from_id, :into_id, :moved, :created_by, :created_at)
RETURNING id

-- name: merge_get
-- params: id
SELECT g.id, g.kind, g.from_id, g.into_id, g.moved, g.created_by, a.name, g.created_at,
  g.undone_by, g.undone_at
FROM merge g LEFT JOIN account a ON a.id = g.created_by WHERE g.id = :id

-- name: merge_of_ticket
-- params: id
-- Four look-ups in the order of their indexes.
SELECT g.id, g.kind, g.from_id, g.into_id, '', g.created_by, a.name, g.created_at,
  g.undone_by, g.undone_at
FROM merge g LEFT JOIN account a ON a.id = g.created_by
WHERE g.kind = 'ticket' AND g.from_id = :id
UNION ALL SELECT g.id, g.kind, g.from_id, g.into_id, '', g.created_by, a.name, g.created_at,
  g.undone_by, g.undone_at
FROM merge g LEFT JOIN account a ON a.id = g.created_by
WHERE g.kind = 'ticket' AND g.into_id = :id AND g.from_id <> :id
UNION ALL SELECT g.id, g.kind, g.from_id, g.into_id, '', g.created_by, a.name, g.created_at,
  g.undone_by, g.undone_at
FROM merge g LEFT JOIN account a ON a.id = g.created_by
WHERE g.kind = 'split' AND g.from_id = :id
UNION ALL SELECT g.id, g.kind, g.from_id, g.into_id, '', g.created_by, a.name, g.created_at,
  g.undone_by, g.undone_at
FROM merge g LEFT JOIN account a ON a.id = g.created_by
WHERE g.kind = 'split' AND g.into_id = :id AND g.from_id <> :id
ORDER BY 1 DESC

-- name: merge_of_contact
-- params: id
SELECT g.id, g.kind, g.from_id, g.into_id, '', g.created_by, a.name, g.created_at,
  g.undone_by, g.undone_at
FROM merge g LEFT JOIN account a ON a.id = g.created_by
WHERE g.kind = 'contact' AND g.from_id = :id
UNION ALL SELECT g.id, g.kind, g.from_id, g.into_id, '', g.created_by, a.name, g.created_at,
  g.undone_by, g.undone_at
FROM merge g LEFT JOIN account a ON a.id = g.created_by
WHERE g.kind = 'contact' AND g.into_id = :id AND g.from_id <> :id
ORDER BY 1 DESC

-- name: merge_set_undone
-- params: id by now
UPDATE merge SET undone_by = :by, undone_at = :now WHERE id = :id AND undone_at IS NULL

-- name: move_ids_message
-- params: owner
SELECT id FROM message WHERE ticket_id = :owner ORDER BY id

-- name: move_ids_participant
-- params: owner
SELECT id FROM participant WHERE ticket_id = :owner ORDER BY id

-- name: move_ids_thread
-- params: owner
SELECT id FROM side_thread WHERE ticket_id = :owner ORDER BY id

-- name: move_ids_ticket
-- params: owner
SELECT id FROM ticket WHERE contact_id = :owner ORDER BY id

-- name: move_ids_identity
-- params: owner
SELECT id FROM identity WHERE contact_id = :owner ORDER BY id

-- name: move_ids_word
-- params: owner
SELECT id FROM message WHERE contact_id = :owner ORDER BY id

-- name: move_rows_message
-- params: ids from into
UPDATE message SET ticket_id = :into WHERE id IN @ids(:ids) AND ticket_id = :from

-- name: move_rows_participant
-- params: ids from into
UPDATE participant SET ticket_id = :into WHERE id IN @ids(:ids) AND ticket_id = :from

-- name: move_rows_thread
-- params: ids from into
UPDATE side_thread SET ticket_id = :into WHERE id IN @ids(:ids) AND ticket_id = :from

-- name: move_rows_ticket
-- params: ids from into
UPDATE ticket SET contact_id = :into, version = version + 1
WHERE id IN @ids(:ids) AND contact_id = :from

-- name: move_rows_identity
-- params: ids from into
UPDATE identity SET contact_id = :into WHERE id IN @ids(:ids) AND contact_id = :from

-- name: move_rows_word
-- params: ids from into
UPDATE message SET contact_id = :into WHERE id IN @ids(:ids) AND contact_id = :from
