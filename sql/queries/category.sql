-- The tree of categories: store/category.c.

-- name: category_get
-- params: id
SELECT id, brand_id, parent_id, slug, name_en, name_ru, line_id, priority, facts, position, active, version
FROM category WHERE id = :id

-- name: category_list
SELECT id, brand_id, parent_id, slug, name_en, name_ru, line_id, priority, facts, position, active, version
FROM category ORDER BY position, id

-- name: category_insert
-- params: brand_id parent_id slug name_en name_ru line_id priority facts position active created_at
INSERT INTO category (brand_id, parent_id, slug, name_en, name_ru, line_id, priority, facts,
  position, active, created_at)
VALUES (:brand_id, :parent_id, :slug, :name_en, :name_ru, :line_id, :priority, :facts, :position,
  :active, :created_at)
RETURNING id

-- name: category_update
-- params: id version parent_id slug name_en name_ru line_id priority facts position active
UPDATE category SET parent_id = :parent_id, slug = :slug, name_en = :name_en, name_ru = :name_ru,
  line_id = :line_id, priority = :priority, facts = :facts, position = :position, active = :active,
  version = version + 1
WHERE id = :id AND version = :version

-- name: category_names
-- params: ids
-- id, names, the parent's id and names
SELECT c.id, c.name_en, c.name_ru, p.id, p.name_en, p.name_ru
FROM category c LEFT JOIN category p ON p.id = c.parent_id WHERE c.id IN @ids(:ids)
