-- Runs of erasing, tombstones, legal holds, retention rules: store/privacy.c.

-- name: erasure_insert
-- params: kind contact_id rule_id ticket_id stage total asked_by now
INSERT INTO erasure (kind, contact_id, rule_id, ticket_id, stage, total, asked_by, created_at)
VALUES (:kind, :contact_id, :rule_id, :ticket_id, :stage, :total, :asked_by, :now)
RETURNING id

-- name: erasure_get
-- params: id
SELECT x.id, x.kind, x.contact_id, x.rule_id, x.ticket_id, x.stage, x.position, x.total, x.done,
  x.error, x.asked_by, a.name, x.created_at, x.finished_at
FROM erasure x LEFT JOIN account a ON a.id = x.asked_by WHERE x.id = :id

-- name: erasure_of_contact
-- params: contact_id
SELECT x.id, x.kind, x.contact_id, x.rule_id, x.ticket_id, x.stage, x.position, x.total, x.done,
  x.error, x.asked_by, a.name, x.created_at, x.finished_at
FROM erasure x LEFT JOIN account a ON a.id = x.asked_by
WHERE x.contact_id = :contact_id AND x.kind = 'contact' ORDER BY x.id DESC LIMIT 1

-- name: erasure_list
-- params: before limit
SELECT x.id, x.kind, x.contact_id, x.rule_id, x.ticket_id, x.stage, x.position, x.total, x.done,
  x.error, x.asked_by, a.name, x.created_at, x.finished_at
FROM erasure x LEFT JOIN account a ON a.id = x.asked_by
WHERE x.id < :before ORDER BY x.id DESC LIMIT :limit

-- name: erasure_running_of_rule
-- params: rule_id
SELECT count(*) FROM erasure x WHERE x.rule_id = :rule_id AND x.stage NOT IN ('done', 'stopped')

-- name: erasure_update
-- params: id stage position total done error finished_at
UPDATE erasure SET stage = :stage, position = :position, total = :total, done = :done,
  error = :error, finished_at = :finished_at
WHERE id = :id

-- name: erasure_to_sweep
-- params: until
-- Those that wait for the sweep that began after they did.
SELECT x.id, x.kind, x.contact_id, x.rule_id, x.ticket_id, x.stage, x.position, x.total, x.done,
  x.error, x.asked_by, a.name, x.created_at, x.finished_at
FROM erasure x LEFT JOIN account a ON a.id = x.asked_by
WHERE x.stage = 'sweep' AND x.position <= :until ORDER BY x.id

-- name: tombstone_insert
-- params: uid at kind data
INSERT INTO tombstone (uid, at, kind, data) VALUES (:uid, :at, :kind, :data)
ON CONFLICT (uid) DO NOTHING

-- name: tombstone_after
-- params: after limit
SELECT id, uid, at, kind, data FROM tombstone WHERE id > :after ORDER BY id LIMIT :limit

-- name: tombstone_has
-- params: uid
SELECT count(*) FROM tombstone WHERE uid = :uid

-- name: tombstone_count
-- params:
SELECT count(*) FROM tombstone

-- name: hold_insert
-- params: contact_id ticket_id reason set_by now
INSERT INTO legal_hold (contact_id, ticket_id, reason, set_by, set_at)
VALUES (:contact_id, :ticket_id, :reason, :set_by, :now)
RETURNING id

-- name: hold_lift
-- params: id lifted_by now note
UPDATE legal_hold SET lifted_by = :lifted_by, lifted_at = :now, lifted_note = :note
WHERE id = :id AND lifted_at IS NULL

-- name: hold_get
-- params: id
SELECT h.id, h.contact_id, h.ticket_id, h.reason, h.set_by, a.name, h.set_at, h.lifted_at
FROM legal_hold h LEFT JOIN account a ON a.id = h.set_by WHERE h.id = :id

-- name: hold_any
-- kept long
SELECT 1 FROM legal_hold WHERE lifted_at IS NULL LIMIT 1

-- name: hold_list
-- params: scope every:int
-- Those in force that the reader may know of.
WITH RECURSIVE @held
SELECT h.id, h.contact_id, h.ticket_id, h.reason, h.set_by, a.name, h.set_at, h.lifted_at
FROM legal_hold h LEFT JOIN account a ON a.id = h.set_by
WHERE h.lifted_at IS NULL AND (:every = 1
  OR EXISTS (SELECT 1 FROM held k JOIN ticket t ON t.id = k.ticket_id
    WHERE k.hold_id = h.id AND @visible(t, :scope)))
ORDER BY h.id DESC LIMIT 500

-- name: hold_of_ticket
-- params: ticket_id
-- Those that keep the ticket.
WITH RECURSIVE @held
SELECT h.id, h.contact_id, h.ticket_id, h.reason, h.set_by, a.name, h.set_at, h.lifted_at
FROM legal_hold h LEFT JOIN account a ON a.id = h.set_by
WHERE h.id IN (SELECT k.hold_id FROM held k WHERE k.ticket_id = :ticket_id)
ORDER BY h.id

-- name: hold_of_contacts
-- params: contacts
-- On the contacts, and those that keep one of their tickets or of the tickets in which they wrote.
WITH RECURSIVE @held
SELECT h.id, h.contact_id, h.ticket_id, h.reason, h.set_by, a.name, h.set_at, h.lifted_at
FROM legal_hold h LEFT JOIN account a ON a.id = h.set_by
WHERE h.id IN (SELECT k.hold_id FROM held_contact k WHERE k.id IN @ids(:contacts))
  OR h.id IN (SELECT k.hold_id FROM held k JOIN ticket t ON t.id = k.ticket_id
    WHERE t.contact_id IN @ids(:contacts))
  OR h.id IN (SELECT k.hold_id FROM held k JOIN message m ON m.ticket_id = k.ticket_id
    WHERE m.contact_id IN @ids(:contacts))
ORDER BY h.id

-- name: retention_list
-- params:
SELECT r.id, r.name, r.action, r.age_days, r.brand_id, b.name, r.line_id, l.name, r.status, r.active,
  r.created_at, r.last_run_at, r.last_count, r.version
FROM retention_rule r LEFT JOIN brand b ON b.id = r.brand_id LEFT JOIN line l ON l.id = r.line_id
ORDER BY r.id

-- name: retention_get
-- params: id
SELECT r.id, r.name, r.action, r.age_days, r.brand_id, b.name, r.line_id, l.name, r.status, r.active,
  r.created_at, r.last_run_at, r.last_count, r.version
FROM retention_rule r LEFT JOIN brand b ON b.id = r.brand_id LEFT JOIN line l ON l.id = r.line_id
WHERE r.id = :id

-- name: retention_insert
-- params: name action age_days brand_id line_id status active created_at created_by
INSERT INTO retention_rule (name, action, age_days, brand_id, line_id, status, active, created_at, created_by)
VALUES (:name, :action, :age_days, :brand_id, :line_id, :status, :active, :created_at, :created_by)
RETURNING id

-- name: retention_update
-- params: id version name action age_days brand_id line_id status active
UPDATE retention_rule SET name = :name, action = :action, age_days = :age_days, brand_id = :brand_id,
  line_id = :line_id, status = :status, active = :active, version = version + 1
WHERE id = :id AND version = :version

-- name: retention_ran
-- params: id at count
UPDATE retention_rule SET last_run_at = :at, last_count = :count WHERE id = :id

-- name: retention_forget_runs
-- params: id
UPDATE erasure SET rule_id = NULL WHERE rule_id = :id

-- name: retention_delete
-- params: id
DELETE FROM retention_rule WHERE id = :id

-- name: retention_tickets
-- params: action brand_id:int line_id:int status before after limit held:int
-- Tickets that a rule is for, oldest id first; held = 1: those that a legal hold keeps from it.
-- Nobody who waits for an answer is closed or erased.
WITH RECURSIVE @held
SELECT t.id FROM ticket t
WHERE t.id > :after AND t.last_message_at < :before
  AND (:brand_id IS NULL OR t.brand_id = :brand_id)
  AND (:line_id IS NULL OR t.line_id = :line_id)
  AND ((:status = '' AND t.status IN ('solved', 'closed', 'spam')) OR t.status = :status)
  AND (t.waiting_since IS NULL OR t.status = 'spam')
  AND ((:action = 'erase' AND t.erased_at IS NULL)
    OR (:action = 'close' AND t.status <> 'closed' AND t.status <> 'spam' AND t.merged_into IS NULL)
    OR (:action = 'attachments' AND (
      EXISTS (SELECT 1 FROM attachment x JOIN message m ON m.id = x.message_id WHERE m.ticket_id = t.id)
      OR EXISTS (SELECT 1 FROM message m WHERE m.ticket_id = t.id AND m.raw_hash IS NOT NULL))))
  AND (CASE WHEN t.id IN (SELECT k.ticket_id FROM held k) THEN 1 ELSE 0 END) = :held
ORDER BY t.id LIMIT :limit

-- ---- what `otklik verify` asks ----

-- name: check_erased_message_left
-- params:
SELECT m.id FROM message m WHERE m.erased_at IS NOT NULL
  AND (m.text <> '' OR m.quoted <> '' OR m.html <> '' OR m.subject <> '' OR m.recipients <> '{}'
    OR m.raw_hash IS NOT NULL OR (m.account_id IS NULL AND (m.author_name <> '' OR m.author_address <> ''))
    OR EXISTS (SELECT 1 FROM attachment x WHERE x.message_id = m.id)
    OR EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = m.id AND d.address <> '')
    OR EXISTS (SELECT 1 FROM intake i WHERE i.message_id = m.id
      AND (i.subject <> '' OR i.from_address <> '' OR i.raw_hash IS NOT NULL)))
LIMIT 20

-- name: check_redacted_message_raw
-- params:
SELECT m.id FROM message m WHERE m.redacted_at IS NOT NULL
  AND (m.raw_hash IS NOT NULL
    OR EXISTS (SELECT 1 FROM intake i WHERE i.message_id = m.id AND i.raw_hash IS NOT NULL))
LIMIT 20

-- name: check_erased_contact_left
-- params:
SELECT c.id FROM contact c WHERE c.erased_at IS NOT NULL
  AND (c.name <> '' OR c.note <> '' OR c.attributes <> '{}'
    OR EXISTS (SELECT 1 FROM identity i WHERE i.contact_id = c.id))
LIMIT 20

-- name: check_erased_snippet
-- params:
SELECT t.id FROM ticket t JOIN message y ON y.id = (SELECT max(m.id) FROM message m
  WHERE m.ticket_id = t.id AND m.thread_id IS NULL AND m.kind IN ('customer', 'agent')
    AND m.warning <> 'cancelled')
WHERE y.erased_at IS NOT NULL AND t.snippet <> '' LIMIT 20

-- name: check_erased_in_index
-- params:
-- @sqlite
SELECT m.id FROM message m JOIN message_search_docsize s ON s.id = m.id
WHERE m.erased_at IS NOT NULL LIMIT 20
-- @end
-- @pg
SELECT m.id FROM message m JOIN message_search s ON s.message_id = m.id
WHERE m.erased_at IS NOT NULL LIMIT 20
-- @end
