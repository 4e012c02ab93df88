-- An organisation is visible to whom everything is (:every = 1), through a visible ticket of one
-- of its contacts, and while it has no contact to whom changes contacts (:blank = 1).

-- name: organisation_get
-- params: id every:int blank:int scope
SELECT o.id, o.name, o.domain, o.note, o.created_at, o.version FROM organisation o
WHERE o.id = :id AND (:every = 1 OR EXISTS (SELECT 1 FROM contact c
    JOIN ticket t ON t.contact_id = c.id WHERE c.organisation_id = o.id AND @visible(t, :scope))
  OR (:blank = 1 AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.organisation_id = o.id)))

-- name: organisation_insert
-- params: name name_fold domain note created_at
INSERT INTO organisation (name, name_fold, domain, note, created_at)
VALUES (:name, :name_fold, :domain, :note, :created_at)
RETURNING id

-- name: organisation_update
-- params: id name name_fold domain note
UPDATE organisation SET name = :name, name_fold = :name_fold, domain = :domain, note = :note,
  version = version + 1
WHERE id = :id
RETURNING version

-- name: organisation_list
-- params: pattern limit every:int blank:int scope
SELECT o.id, o.name, o.domain, o.note, o.created_at, o.version FROM organisation o
WHERE o.name_fold LIKE :pattern ESCAPE '\' AND (:every = 1 OR EXISTS (SELECT 1 FROM contact c
    JOIN ticket t ON t.contact_id = c.id WHERE c.organisation_id = o.id AND @visible(t, :scope))
  OR (:blank = 1 AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.organisation_id = o.id)))
ORDER BY o.name_fold, o.id LIMIT :limit

-- name: organisation_by_domain
-- params: domain
SELECT id FROM organisation WHERE domain = :domain AND domain <> '' ORDER BY id LIMIT 1
