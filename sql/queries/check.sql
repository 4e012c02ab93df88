-- What `otklik verify` asks: each query gives the ids of rows that break an
-- invariant of the model, at most 20.

-- name: check_accepted_without_message
-- params:
SELECT i.id FROM intake i WHERE i.state = 'accepted' AND (i.message_id IS NULL OR i.ticket_id IS NULL) LIMIT 20

-- name: check_letter_without_ledger
-- params:
SELECT m.id FROM message m
WHERE m.channel = 'mail' AND m.kind IN ('customer', 'partner') AND m.raw_hash IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM intake i WHERE i.message_id = m.id AND i.state = 'accepted')
LIMIT 20

-- name: check_letter_twice
-- params:
SELECT max(i.id) FROM intake i WHERE i.state = 'accepted' AND i.channel = 'mail' AND i.mail_id <> 'erased'
GROUP BY i.inbox_id, i.digest, i.mail_id, i.recipient HAVING count(*) > 1 LIMIT 20

-- name: check_queued_without_job
-- params:
SELECT d.id FROM delivery d
WHERE d.state IN ('queued', 'sending')
  AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = 'send' AND j.ukey = 'message:' || d.message_id)
LIMIT 20

-- name: check_message_count
-- params:
SELECT t.id FROM ticket t
WHERE t.message_count <> (SELECT count(*) FROM message m
  WHERE m.ticket_id = t.id AND m.thread_id IS NULL AND m.kind <> 'system')
LIMIT 20

-- name: check_ticket_without_message
-- params:
SELECT t.id FROM ticket t
WHERE t.merged_into IS NULL AND NOT EXISTS (SELECT 1 FROM message m WHERE m.ticket_id = t.id)
LIMIT 20

-- name: check_last_message
-- params:
SELECT t.id FROM ticket t
WHERE t.last_message_id > 0
  AND NOT EXISTS (SELECT 1 FROM message m WHERE m.id = t.last_message_id) LIMIT 20

-- name: check_merged_open
-- params:
SELECT t.id FROM ticket t WHERE t.merged_into IS NOT NULL AND t.status <> 'closed' LIMIT 20

-- name: check_ticket_without_event
-- params:
SELECT t.id FROM ticket t
WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.ticket_id = t.id AND e.type IN ('ticket.created', 'ticket.split'))
LIMIT 20

-- name: check_category_without_decision
-- params:
SELECT t.id FROM ticket t WHERE t.category_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.ticket_id = t.id) LIMIT 20

-- name: check_category_three_levels
-- params:
SELECT c.id FROM category c JOIN category p ON p.id = c.parent_id WHERE p.parent_id IS NOT NULL LIMIT 20

-- name: check_two_active_models
-- params:
SELECT max(m.id) FROM model m WHERE m.active = 1 GROUP BY coalesce(m.brand_id, 0) HAVING count(*) > 1 LIMIT 20

-- name: check_erased_facts
-- params:
SELECT f.id FROM ticket_fact f JOIN message m ON m.id = f.message_id WHERE m.erased_at IS NOT NULL
UNION SELECT d.message_id FROM decision d JOIN message m ON m.id = d.message_id
WHERE m.erased_at IS NOT NULL AND d.words <> '[]' LIMIT 20

-- name: check_article_index
-- params:
-- The index follows the log: what it has seen, it has.
SELECT a.id FROM article a
-- @sqlite
LEFT JOIN article_search s ON s.rowid = a.id
-- @end
-- @pg
LEFT JOIN article_search s ON s.article_id = a.id
-- @end
WHERE CASE a.state WHEN 'archived' THEN s.version IS NOT NULL ELSE s.version IS NULL OR s.version <> a.version END
  AND NOT EXISTS (SELECT 1 FROM event_cursor c WHERE c.name = 'search_articles' AND c.event_id > 0)
  AND (SELECT coalesce(max(c.event_id), 0) FROM event_cursor c WHERE c.name = 'search') >=
    (SELECT coalesce(max(e.id), 0) FROM event e WHERE e.type = 'admin.changed' AND e.data LIKE '%"object":"article"%')
LIMIT 20

-- name: check_article_index_alone
-- params:
-- @sqlite
SELECT s.rowid FROM article_search s WHERE NOT EXISTS (SELECT 1 FROM article a WHERE a.id = s.rowid) LIMIT 20
-- @end
-- @pg
SELECT s.article_id FROM article_search s WHERE NOT EXISTS (SELECT 1 FROM article a WHERE a.id = s.article_id) LIMIT 20
-- @end

-- name: check_cursor_ahead
-- params:
SELECT c.event_id FROM event_cursor c WHERE c.event_id > (SELECT coalesce(max(id), 0) FROM event) LIMIT 20

-- name: check_side_thread_of_other_ticket
-- params:
SELECT m.id FROM message m JOIN side_thread s ON s.id = m.thread_id WHERE s.ticket_id <> m.ticket_id LIMIT 20

-- name: check_references
-- params:
-- What PostgreSQL does not enforce, to be quick where every ticket and letter is written; SQLite does.
SELECT x.id FROM identity x WHERE
  (x.contact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM contact p WHERE p.id = x.contact_id))
UNION ALL
SELECT x.id FROM ticket x WHERE
  (x.brand_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM brand p WHERE p.id = x.brand_id)) OR
  (x.line_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM line p WHERE p.id = x.line_id)) OR
  (x.inbox_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inbox p WHERE p.id = x.inbox_id)) OR
  (x.contact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM contact p WHERE p.id = x.contact_id)) OR
  (x.assignee_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account p WHERE p.id = x.assignee_id)) OR
  (x.category_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM category p WHERE p.id = x.category_id))
UNION ALL
SELECT x.id FROM message x WHERE
  (x.ticket_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ticket p WHERE p.id = x.ticket_id)) OR
  (x.thread_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM side_thread p WHERE p.id = x.thread_id)) OR
  (x.account_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account p WHERE p.id = x.account_id)) OR
  (x.contact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM contact p WHERE p.id = x.contact_id)) OR
  (x.inbox_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inbox p WHERE p.id = x.inbox_id))
UNION ALL
SELECT x.id FROM intake x WHERE
  (x.inbox_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inbox p WHERE p.id = x.inbox_id)) OR
  (x.brand_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM brand p WHERE p.id = x.brand_id)) OR
  (x.line_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM line p WHERE p.id = x.line_id)) OR
  (x.ticket_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ticket p WHERE p.id = x.ticket_id)) OR
  (x.message_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message p WHERE p.id = x.message_id)) OR
  (x.decided_by IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account p WHERE p.id = x.decided_by))
UNION ALL
SELECT x.id FROM decision x WHERE
  (x.ticket_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ticket p WHERE p.id = x.ticket_id)) OR
  (x.message_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message p WHERE p.id = x.message_id)) OR
  (x.model_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM model p WHERE p.id = x.model_id)) OR
  (x.category_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM category p WHERE p.id = x.category_id)) OR
  (x.was_category_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM category p WHERE p.id = x.was_category_id)) OR
  (x.line_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM line p WHERE p.id = x.line_id)) OR
  (x.was_line_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM line p WHERE p.id = x.was_line_id))
UNION ALL
SELECT x.id FROM ticket_fact x WHERE
  (x.ticket_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ticket p WHERE p.id = x.ticket_id)) OR
  (x.message_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message p WHERE p.id = x.message_id))
LIMIT 20

-- name: check_names
-- params:
-- The same of names that are not of the model.
SELECT x.id FROM ticket x WHERE x.status NOT IN ('new', 'open', 'pending', 'on_hold', 'solved', 'closed', 'spam')
UNION ALL
SELECT x.id FROM message x WHERE x.kind NOT IN ('customer', 'agent', 'note', 'partner', 'system')
UNION ALL
SELECT x.id FROM intake x WHERE x.state NOT IN ('accepted', 'duplicate', 'quarantined', 'rejected')
UNION ALL
SELECT x.id FROM event x WHERE x.audience NOT IN ('customer', 'agents', 'leads', 'system')
UNION ALL
SELECT x.id FROM ticket_fact x WHERE x.source NOT IN ('rule', 'person')
UNION ALL
SELECT x.id FROM ticket x WHERE x.priority NOT BETWEEN 1 AND 4
LIMIT 20
