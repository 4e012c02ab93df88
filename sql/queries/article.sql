-- The handbook: store/article.c.

-- name: article_get
-- params: id
SELECT id, brand_id, language, slug, title, body, questions, state, source, created_at, updated_at, version
FROM article WHERE id = :id

-- name: article_find
-- params: brand_id language slug
SELECT id, brand_id, language, slug, title, body, questions, state, source, created_at, updated_at, version
FROM article WHERE coalesce(brand_id, 0) = :brand_id AND language = :language AND slug = :slug

-- name: article_list
-- params: after limit state:text language:text brand_id:int
-- By id, without bodies; "" and 0 = any. An article of all brands is of each.
SELECT id, brand_id, language, slug, title, '', '[]', state, source, created_at, updated_at, version
FROM article
WHERE id > :after AND (:state = '' OR state = :state) AND (:language = '' OR language = :language)
  AND (:brand_id = 0 OR brand_id = :brand_id OR brand_id IS NULL)
ORDER BY id LIMIT :limit

-- name: article_published
-- params: after limit
SELECT id, brand_id, language, slug, title, body, questions, state, source, created_at, updated_at, version
FROM article WHERE state = 'published' AND id > :after ORDER BY id LIMIT :limit

-- name: article_stamp
-- params:
-- Changes whenever a published article does: how many, newest change, sum of versions.
SELECT count(*), coalesce(max(updated_at), 0), coalesce(sum(version), 0) FROM article WHERE state = 'published'

-- name: article_insert
-- params: brand_id language slug title body questions state source created_at updated_at
INSERT INTO article (brand_id, language, slug, title, body, questions, state, source, created_at, updated_at)
VALUES (:brand_id, :language, :slug, :title, :body, :questions, :state, :source, :created_at, :updated_at)
RETURNING id

-- name: article_update
-- params: id version title body questions state source updated_at
UPDATE article SET title = :title, body = :body, questions = :questions, state = :state,
  source = :source, updated_at = :updated_at, version = version + 1
WHERE id = :id AND version = :version
