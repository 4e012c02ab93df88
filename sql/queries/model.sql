-- Trained categorizers, what they learn from, how they do: store/model.c.

-- name: model_get
-- params: id
SELECT m.id, m.brand_id, m.name, m.created_at, m.created_by, a.name, m.source, m.data_hash,
  m.examples, m.categories, m.corrections, m.measures, m.hash, m.size, m.active
FROM model m LEFT JOIN account a ON a.id = m.created_by WHERE m.id = :id

-- name: model_list
-- params: before limit
-- Newest first.
SELECT m.id, m.brand_id, m.name, m.created_at, m.created_by, a.name, m.source, m.data_hash,
  m.examples, m.categories, m.corrections, m.measures, m.hash, m.size, m.active
FROM model m LEFT JOIN account a ON a.id = m.created_by WHERE m.id < :before
ORDER BY m.id DESC LIMIT :limit

-- name: model_active
-- params:
SELECT id, brand_id, name, hash FROM model WHERE active = 1 ORDER BY id

-- name: model_names
-- params: prefix
SELECT count(*) FROM model WHERE name LIKE :prefix

-- name: model_insert
-- params: brand_id name created_at created_by source data_hash examples categories corrections measures hash size
INSERT INTO model (brand_id, name, created_at, created_by, source, data_hash, examples,
  categories, corrections, measures, hash, size, active)
VALUES (:brand_id, :name, :created_at, :created_by, :source, :data_hash, :examples, :categories,
  :corrections, :measures, :hash, :size, 0)
RETURNING id

-- name: model_stale
-- params: brand_id keep
-- Models of a brand whose bytes may go: those that do not decide, but for the newest :keep of them.
SELECT id, hash FROM model WHERE active = 0 AND size > 0 AND coalesce(brand_id, 0) = :brand_id
ORDER BY id DESC LIMIT 1000 OFFSET :keep

-- name: model_empty
-- params: id hash
UPDATE model SET hash = :hash, size = 0 WHERE id = :id AND active = 0

-- name: model_deactivate
-- params: brand_id
UPDATE model SET active = 0 WHERE active = 1 AND coalesce(brand_id, 0) = :brand_id

-- name: model_activate
-- params: id
UPDATE model SET active = 1 WHERE id = :id

-- name: example_insert
-- params: category_id text hash source created_at
INSERT INTO training_example (category_id, text, hash, source, created_at)
VALUES (:category_id, :text, :hash, :source, :created_at)
ON CONFLICT (hash) DO NOTHING

-- name: example_page
-- params: before limit
-- Newest first.
SELECT x.id, x.category_id, x.text FROM training_example x
WHERE x.id < :before ORDER BY x.id DESC LIMIT :limit

-- name: example_counts
-- params:
-- Imported ones: category, how many.
SELECT category_id, count(*) FROM training_example GROUP BY category_id

-- name: example_drop
-- params: source
DELETE FROM training_example WHERE source = :source

-- name: example_sources
-- params:
SELECT source, count(*), min(created_at) FROM training_example GROUP BY source ORDER BY source

-- name: labelled_page
-- params: before limit
-- What people decided, as it stands, newest first: the decision's id, ticket, category, brand, the customer's first words.
SELECT d.id, t.id, d.category_id, t.brand_id, m.subject, m.text
FROM decision d JOIN ticket t ON t.id = d.ticket_id
JOIN message m ON m.id = (SELECT min(f.id) FROM message f WHERE f.ticket_id = t.id AND f.kind = 'customer' AND f.erased_at IS NULL)
WHERE d.account_id IS NOT NULL AND d.id < :before AND d.undone_at IS NULL AND d.category_id IS NOT NULL
  AND t.erased_at IS NULL AND t.category_by = 'person' AND t.category_id = d.category_id
  AND NOT EXISTS (SELECT 1 FROM decision l WHERE l.ticket_id = t.id AND l.id > d.id
    AND l.account_id IS NOT NULL AND l.undone_at IS NULL)
ORDER BY d.id DESC LIMIT :limit

-- name: labelled_counts
-- params:
SELECT t.category_id, count(*) FROM ticket t
WHERE t.category_by = 'person' AND t.category_id IS NOT NULL AND t.erased_at IS NULL
GROUP BY t.category_id

-- name: corrections_count
-- params: after
-- Decisions of people after this one.
SELECT count(*) FROM decision d WHERE d.account_id IS NOT NULL AND d.id > :after AND d.undone_at IS NULL

-- name: corrections_last
-- params:
SELECT coalesce(max(d.id), 0) FROM decision d WHERE d.account_id IS NOT NULL

-- name: model_usage
-- params: since until brand_id:int
-- What the service decided in this time: category it put first, how many, of them in triage, of
-- them changed by a person to another, sum of confidences.
SELECT x.category, count(*), sum(x.triage), sum(x.corrected), sum(x.confidence)
FROM (SELECT coalesce(d.category_id, 0) AS category, d.triage AS triage, d.confidence AS confidence,
    CASE WHEN t.category_by = 'person' AND coalesce(t.category_id, 0) <> coalesce(d.category_id, 0) THEN 1 ELSE 0 END AS corrected
  FROM decision d JOIN ticket t ON t.id = d.ticket_id
  WHERE d.at >= :since AND d.at < :until AND d.account_id IS NULL AND d.model_id IS NOT NULL
    AND d.undone_at IS NULL AND (:brand_id = 0 OR t.brand_id = :brand_id)) x
GROUP BY x.category

-- name: model_mistakes
-- params: scope before limit
-- Where a person decided otherwise than the service, newest first: the person's decision, ticket,
-- subject, the service's category, the person's, confidence, model.
SELECT p.id, t.id, t.subject, d.category_id, p.category_id, d.confidence, d.model_id
FROM decision p JOIN ticket t ON t.id = p.ticket_id
JOIN decision d ON d.id = (SELECT max(o.id) FROM decision o
  WHERE o.ticket_id = p.ticket_id AND o.id < p.id AND o.account_id IS NULL AND o.model_id IS NOT NULL)
WHERE p.account_id IS NOT NULL AND p.undone_at IS NULL AND p.id < :before
  AND coalesce(p.category_id, 0) <> coalesce(d.category_id, 0) AND @visible(t, :scope)
ORDER BY p.id DESC LIMIT :limit
