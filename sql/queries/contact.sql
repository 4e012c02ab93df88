-- A contact is visible to whom everything is (:every = 1), or through a visible ticket.

-- name: contact_get
-- params: id every:int scope
SELECT c.id, c.name, c.organisation_id, o.name, c.language, c.vip, c.note, c.attributes,
  c.merged_into, c.created_at, c.updated_at, c.version,
  (SELECT count(*) FROM ticket t WHERE t.contact_id = c.id AND t.merged_into IS NULL
    AND @visible(t, :scope)), c.erased_at
FROM contact c LEFT JOIN organisation o ON o.id = c.organisation_id
WHERE c.id = :id AND (:every = 1 OR EXISTS (SELECT 1 FROM ticket t WHERE t.contact_id = c.id
  AND @visible(t, :scope)))

-- name: contact_insert
-- params: name name_fold organisation_id language vip note attributes created_at
INSERT INTO contact (name, name_fold, organisation_id, language, vip, note, attributes,
  created_at, updated_at)
VALUES (:name, :name_fold, :organisation_id, :language, :vip, :note, :attributes, :created_at,
  :created_at)
RETURNING id

-- name: contact_begin
-- params: name name_fold organisation_id language vip note attributes created_at kind value value_norm verified
-- A contact and its first identity in one question to the server: the ids of both.
-- @sqlite
SELECT 0, 0
-- @end
-- @pg
WITH c AS (
  INSERT INTO contact (name, name_fold, organisation_id, language, vip, note, attributes,
    created_at, updated_at)
  VALUES (:name, :name_fold, :organisation_id, :language, :vip, :note, :attributes, :created_at,
    :created_at)
  RETURNING id
)
INSERT INTO identity (contact_id, kind, value, value_norm, verified, created_at)
VALUES ((SELECT c.id FROM c), :kind, :value, :value_norm, :verified, :created_at)
RETURNING contact_id, id
-- @end

-- name: contact_update
-- params: id name name_fold organisation_id language vip note attributes merged_into updated_at
UPDATE contact SET name = :name, name_fold = :name_fold, organisation_id = :organisation_id,
  language = :language, vip = :vip, note = :note, attributes = :attributes,
  merged_into = :merged_into, updated_at = :updated_at, version = version + 1
WHERE id = :id
RETURNING version

-- name: contact_list
-- params: every:int scope before limit any:int prefix inner ident_prefix ident_exact
-- prefix, inner, ident_prefix: LIKE patterns; '' where not wanted.
SELECT c.id, c.name, c.organisation_id, o.name, c.language, c.vip, c.note, c.attributes,
  c.merged_into, c.created_at, c.updated_at, c.version,
  (SELECT count(*) FROM ticket t WHERE t.contact_id = c.id AND t.merged_into IS NULL
    AND @visible(t, :scope)), c.erased_at
FROM contact c LEFT JOIN organisation o ON o.id = c.organisation_id
WHERE c.id < :before AND c.merged_into IS NULL AND c.erased_at IS NULL
  AND (:any = 1 OR c.name_fold LIKE :prefix ESCAPE '\' OR c.name_fold LIKE :inner ESCAPE '\'
    OR c.id IN (SELECT i.contact_id FROM identity i
      WHERE i.value_norm LIKE :ident_prefix ESCAPE '\' OR i.value_norm IN @strs(:ident_exact)))
  AND (:every = 1 OR EXISTS (SELECT 1 FROM ticket t WHERE t.contact_id = c.id
    AND @visible(t, :scope)))
ORDER BY c.id DESC LIMIT :limit

-- name: identity_insert
-- params: contact_id kind value value_norm verified created_at
INSERT INTO identity (contact_id, kind, value, value_norm, verified, created_at)
VALUES (:contact_id, :kind, :value, :value_norm, :verified, :created_at)
RETURNING id

-- name: identity_get
-- params: id
SELECT id, contact_id, kind, value, value_norm, verified FROM identity WHERE id = :id

-- name: identity_find
-- params: kind value_norm
SELECT id, contact_id, kind, value, value_norm, verified FROM identity
WHERE kind = :kind AND value_norm = :value_norm

-- name: identity_delete
-- params: id
DELETE FROM identity WHERE id = :id

-- name: identity_of_contacts
-- params: ids
-- In no order; store/contact.c sorts them.
SELECT id, contact_id, kind, value, value_norm, verified FROM identity
WHERE contact_id IN @ids(:ids)

-- name: identity_of_contact
-- params: contact_id
SELECT id, contact_id, kind, value, value_norm, verified FROM identity
WHERE contact_id = :contact_id
