-- The tree of categories: store/category.c.

-- name: category_get
-- params: id
SELECT c.id, c.brand_id, c.parent_id, c.slug, c.name_en, c.name_ru, c.line_id, c.priority, c.facts, c.position, c.active, c.version, b.name
FROM category c LEFT JOIN brand b ON b.id = c.brand_id WHERE c.id = :id

-- name: category_list
SELECT c.id, c.brand_id, c.parent_id, c.slug, c.name_en, c.name_ru, c.line_id, c.priority, c.facts, c.position, c.active, c.version, b.name
FROM category c LEFT JOIN brand b ON b.id = c.brand_id ORDER BY c.position, c.id

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
