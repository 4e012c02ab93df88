-- name: organisation_get
-- params: id
SELECT id, name, domain, note, created_at, version FROM organisation WHERE id = :id

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
-- params: pattern limit
SELECT id, name, domain, note, created_at, version FROM organisation
WHERE name_fold LIKE :pattern ESCAPE '\' ORDER BY name_fold, id LIMIT :limit

-- name: organisation_by_domain
-- params: domain
SELECT id FROM organisation WHERE domain = :domain AND domain <> '' ORDER BY id LIMIT 1
