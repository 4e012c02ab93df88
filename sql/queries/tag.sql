-- name: tag_list
-- params: pattern limit
SELECT id, name FROM tag WHERE name_fold LIKE :pattern ESCAPE '\' ORDER BY name_fold LIMIT :limit

-- name: tag_find
-- params: name_fold
SELECT id, name FROM tag WHERE name_fold = :name_fold

-- name: tag_insert
-- params: name name_fold created_at
-- The update that changes nothing gives the row that another writer made.
INSERT INTO tag (name, name_fold, created_at) VALUES (:name, :name_fold, :created_at)
ON CONFLICT (name_fold) DO UPDATE SET name_fold = excluded.name_fold
RETURNING id, name

-- name: tag_of_tickets
-- params: ids
-- In no order; store/tag.c sorts them.
SELECT tt.ticket_id, g.id, g.name, g.name_fold FROM ticket_tag tt JOIN tag g ON g.id = tt.tag_id
WHERE tt.ticket_id IN @ids(:ids)

-- name: tag_by_ids
-- params: ids
SELECT id, name, name_fold FROM tag WHERE id IN @ids(:ids)

-- name: tag_of_ticket
-- params: id
SELECT tt.ticket_id, g.id, g.name, g.name_fold FROM ticket_tag tt JOIN tag g ON g.id = tt.tag_id
WHERE tt.ticket_id = :id

-- name: tag_attach
-- params: ticket_id tag_id
INSERT INTO ticket_tag (ticket_id, tag_id) VALUES (:ticket_id, :tag_id) ON CONFLICT DO NOTHING

-- name: tag_detach
-- params: ticket_id tag_id
DELETE FROM ticket_tag WHERE ticket_id = :ticket_id AND tag_id = :tag_id
