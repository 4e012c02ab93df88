-- What was understood of tickets: store/sense.c.

-- name: ticket_set_sense
-- params: id category_id category_by confidence triage language sentiment flags updated_at
UPDATE ticket SET category_id = :category_id, category_by = :category_by,
  confidence = :confidence, triage = :triage, language = :language, sentiment = :sentiment,
  flags = :flags, updated_at = :updated_at, version = version + 1
WHERE id = :id
RETURNING version

-- name: decision_insert
-- params: ticket_id message_id at account_id model_id category_id was_category_id was_by confidence was_confidence triage was_triage line_id was_line_id priority was_priority candidates words
INSERT INTO decision (ticket_id, message_id, at, account_id, model_id, category_id,
  was_category_id, was_by, confidence, was_confidence, triage, was_triage, line_id, was_line_id,
  priority, was_priority, candidates, words)
VALUES (:ticket_id, :message_id, :at, :account_id, :model_id, :category_id, :was_category_id,
  :was_by, :confidence, :was_confidence, :triage, :was_triage, :line_id, :was_line_id, :priority,
  :was_priority, :candidates, :words)
RETURNING id

-- name: decision_get
-- params: id
SELECT d.id, d.ticket_id, d.message_id, d.at, d.account_id, a.name, d.model_id, m.name,
  d.category_id, d.was_category_id, d.was_by, d.confidence, d.was_confidence, d.triage,
  d.was_triage, d.line_id, d.was_line_id, d.priority, d.was_priority, d.candidates, d.words,
  d.undone_at
FROM decision d LEFT JOIN account a ON a.id = d.account_id LEFT JOIN model m ON m.id = d.model_id
WHERE d.id = :id

-- name: decision_of_ticket
-- params: ticket_id
-- Newest first.
SELECT d.id, d.ticket_id, d.message_id, d.at, d.account_id, a.name, d.model_id, m.name,
  d.category_id, d.was_category_id, d.was_by, d.confidence, d.was_confidence, d.triage,
  d.was_triage, d.line_id, d.was_line_id, d.priority, d.was_priority, d.candidates, d.words,
  d.undone_at
FROM decision d LEFT JOIN account a ON a.id = d.account_id LEFT JOIN model m ON m.id = d.model_id
WHERE d.ticket_id = :ticket_id ORDER BY d.id DESC LIMIT 50

-- name: decision_guesses
-- params: ids
-- Of each of these tickets what the model thought of it and of which words, the newest first.
SELECT d.ticket_id, d.candidates, substr(m.text, 1, 400) FROM decision d
LEFT JOIN message m ON m.id = d.message_id AND m.ticket_id = d.ticket_id AND m.kind = 'customer'
WHERE d.ticket_id IN @ids(:ids) AND d.account_id IS NULL AND d.candidates <> '[]' ORDER BY d.id DESC

-- name: decision_lifted
-- params: contact_id since
-- How many tickets of the contact the word of urgency has put before all others since then.
SELECT count(DISTINCT d.ticket_id) FROM ticket t JOIN decision d ON d.ticket_id = t.id
WHERE t.contact_id = :contact_id AND d.at > :since AND d.account_id IS NULL AND d.model_id IS NULL AND d.priority = 4
  AND t.flags % 2 = 1

-- name: decision_undo
-- params: id now account_id
UPDATE decision SET undone_at = :now, undone_by = :account_id
WHERE id = :id AND undone_at IS NULL

-- name: fact_insert
-- params: ticket_id message_id kind value text ambiguous other source created_at created_by
INSERT INTO ticket_fact (ticket_id, message_id, kind, value, text, ambiguous, other, source,
  created_at, created_by)
VALUES (:ticket_id, :message_id, :kind, :value, :text, :ambiguous, :other, :source, :created_at,
  :created_by)
RETURNING id

-- name: fact_of_ticket
-- params: ticket_id
-- Those of its messages, wherever they came in first, and those typed in. In PostgreSQL an array, for
-- a plan made while the tables are empty may begin a join with all facts.
SELECT f.id, f.message_id, f.kind, f.value, f.text, f.ambiguous, f.other, f.source, f.created_at
-- @sqlite
FROM message m JOIN ticket_fact f ON f.message_id = m.id
WHERE m.ticket_id = :ticket_id AND f.removed_at IS NULL
-- @end
-- @pg
FROM ticket_fact f
WHERE f.message_id = ANY (ARRAY (SELECT m.id FROM message m WHERE m.ticket_id = :ticket_id))
  AND f.removed_at IS NULL
-- @end
UNION ALL
SELECT f.id, f.message_id, f.kind, f.value, f.text, f.ambiguous, f.other, f.source, f.created_at
FROM ticket_fact f
WHERE f.ticket_id = :ticket_id AND f.message_id IS NULL AND f.removed_at IS NULL
ORDER BY 1

-- name: fact_ticket
-- params: id
-- Where it is now: ticket, 1 = removed.
SELECT coalesce(m.ticket_id, f.ticket_id), CASE WHEN f.removed_at IS NULL THEN 0 ELSE 1 END
FROM ticket_fact f LEFT JOIN message m ON m.id = f.message_id WHERE f.id = :id

-- name: fact_remove
-- params: id now account_id
UPDATE ticket_fact SET removed_at = :now, removed_by = :account_id
WHERE id = :id AND removed_at IS NULL

-- name: sense_has_picture
-- params: ticket_id
SELECT count(*) FROM (SELECT 1 FROM message m JOIN attachment x ON x.message_id = m.id
  WHERE m.ticket_id = :ticket_id AND m.kind = 'customer' AND x.content_type LIKE 'image/%' LIMIT 1) q

-- name: sense_rule_get
-- params: brand_id
-- The brand's own, else the one for all.
SELECT r.brand_id, r.threshold, r.route, r.auto_train, r.order_patterns, r.updated_at, r.updated_by, a.name, r.version
FROM sense_rule r LEFT JOIN account a ON a.id = r.updated_by
WHERE r.brand_id IN (0, :brand_id) ORDER BY r.brand_id DESC LIMIT 1

-- name: sense_rule_put
-- params: brand_id threshold route auto_train order_patterns updated_at updated_by
INSERT INTO sense_rule (brand_id, threshold, route, auto_train, order_patterns, updated_at, updated_by)
VALUES (:brand_id, :threshold, :route, :auto_train, :order_patterns, :updated_at, :updated_by)
ON CONFLICT (brand_id) DO UPDATE SET threshold = excluded.threshold, route = excluded.route,
  auto_train = excluded.auto_train, order_patterns = excluded.order_patterns,
  updated_at = excluded.updated_at, updated_by = excluded.updated_by, version = sense_rule.version + 1

-- name: sense_message
-- params: id
-- All that is looked at to decide: the message, its ticket, whether it came out of an archive.
SELECT m.ticket_id, m.thread_id, m.kind, m.auto, m.subject, m.text, m.erased_at, m.contact_id,
  CASE WHEN EXISTS (SELECT 1 FROM intake i WHERE i.message_id = m.id AND i.peer LIKE 'mbox %') THEN 1 ELSE 0 END,
  (SELECT min(f.id) FROM message f WHERE f.ticket_id = m.ticket_id AND f.kind = 'customer'),
  (SELECT count(*) FROM attachment x WHERE x.message_id = m.id AND x.content_type LIKE 'image/%'),
  t.brand_id
FROM message m JOIN ticket t ON t.id = m.ticket_id WHERE m.id = :id

-- name: sense_message_text
-- params: id
SELECT m.ticket_id, m.subject, m.text, m.erased_at FROM message m WHERE m.id = :id

-- name: sense_touched
-- params: ticket_id created_at
-- Has anybody who works here done anything to the ticket since it was made?
SELECT count(*) FROM (SELECT 1 FROM event e
  WHERE e.ticket_id = :ticket_id AND e.actor LIKE 'account:%' AND e.at > :created_at LIMIT 1) q

-- name: sense_priority_chosen
-- params: ticket_id
-- Has anybody who works here chosen its priority, or put it back?
SELECT count(*) FROM (SELECT 1 FROM event e
  WHERE e.ticket_id = :ticket_id AND e.type = 'ticket.changed' AND e.actor LIKE 'account:%'
    AND e.data LIKE '%"field":"priority"%' LIMIT 1) q
