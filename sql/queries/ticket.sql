-- Tickets: rows, reading marks. Lists are composed in store/ticket_list.c.

-- name: ticket_get
-- params: id scope
SELECT t.id, t.brand_id, t.line_id, t.inbox_id, t.contact_id, t.subject, t.snippet, t.channel,
  t.status, t.priority, t.assignee_id, t.created_at, t.updated_at, t.last_message_at,
  t.waiting_since, t.first_reply_at, t.solved_at, t.closed_at, t.message_count,
  t.last_message_id, t.last_from, t.has_attachments, t.merged_into, t.split_from, t.version,
  t.erased_at, t.category_id, t.category_by, t.confidence, t.triage, t.language, t.sentiment,
  t.flags
FROM ticket t WHERE t.id = :id AND @visible(t, :scope)

-- name: ticket_insert
-- params: brand_id line_id inbox_id contact_id subject subject_fold snippet channel status priority assignee_id created_at updated_at last_message_at waiting_since first_reply_at solved_at closed_at message_count last_message_id last_from has_attachments merged_into split_from
INSERT INTO ticket (brand_id, line_id, inbox_id, contact_id, subject, subject_fold, snippet,
  channel, status, priority, assignee_id, created_at, updated_at, last_message_at, waiting_since,
  first_reply_at, solved_at, closed_at, message_count, last_message_id, last_from,
  has_attachments, merged_into, split_from)
VALUES (:brand_id, :line_id, :inbox_id, :contact_id, :subject, :subject_fold, :snippet, :channel,
  :status, :priority, :assignee_id, :created_at, :updated_at, :last_message_at, :waiting_since,
  :first_reply_at, :solved_at, :closed_at, :message_count, :last_message_id, :last_from,
  :has_attachments, :merged_into, :split_from)
RETURNING id

-- name: ticket_set_first_message
-- params: id message_id
-- Of a new ticket, whose other columns know of the message already.
UPDATE ticket SET last_message_id = :message_id WHERE id = :id

-- name: ticket_begin
-- params: brand_id line_id inbox_id contact_id subject subject_fold snippet channel status priority assignee_id created_at updated_at last_message_at waiting_since first_reply_at solved_at closed_at message_count last_from has_attachments merged_into split_from m_thread_id m_kind m_channel m_account_id m_contact_id m_author_name m_author_address m_sent_at m_created_at m_subject m_text m_quoted m_html m_recipients m_mail_id m_mail_refs m_raw_hash m_inbox_id m_auto m_warning
-- A ticket and its first message in one question to the server: the ids of both.
-- @sqlite
SELECT 0, 0
-- @end
-- @pg
WITH m AS (SELECT nextval(pg_get_serial_sequence('message', 'id')) AS id
), t AS (
  INSERT INTO ticket (last_message_id,
    brand_id, line_id, inbox_id, contact_id, subject, subject_fold, snippet, channel, status,
    priority, assignee_id, created_at, updated_at, last_message_at, waiting_since, first_reply_at,
    solved_at, closed_at, message_count, last_from, has_attachments, merged_into, split_from)
  VALUES ((SELECT m.id FROM m),
    :brand_id, :line_id, :inbox_id, :contact_id, :subject, :subject_fold, :snippet, :channel,
    :status, :priority, :assignee_id, :created_at, :updated_at, :last_message_at, :waiting_since,
    :first_reply_at, :solved_at, :closed_at, :message_count, :last_from, :has_attachments,
    :merged_into, :split_from)
  RETURNING id, last_message_id
)
INSERT INTO message (id, ticket_id,
  thread_id, kind, channel, account_id, contact_id, author_name, author_address, sent_at,
  created_at, subject, text, quoted, html, recipients, mail_id, mail_refs, raw_hash, inbox_id,
  auto, warning)
VALUES ((SELECT t.last_message_id FROM t), (SELECT t.id FROM t),
  :m_thread_id, :m_kind, :m_channel, :m_account_id, :m_contact_id, :m_author_name,
  :m_author_address, :m_sent_at, :m_created_at, :m_subject, :m_text, :m_quoted, :m_html,
  :m_recipients, :m_mail_id, :m_mail_refs, :m_raw_hash, :m_inbox_id, :m_auto, :m_warning)
RETURNING ticket_id, id
-- @end

-- name: ticket_update
-- params: id line_id subject subject_fold snippet status priority assignee_id updated_at last_message_at waiting_since first_reply_at solved_at closed_at message_count last_message_id last_from has_attachments merged_into
-- Not the contact: merges of contacts move it (move_rows_ticket) without the ticket's lock.
UPDATE ticket SET line_id = :line_id, subject = :subject,
  subject_fold = :subject_fold, snippet = :snippet, status = :status, priority = :priority,
  assignee_id = :assignee_id, updated_at = :updated_at, last_message_at = :last_message_at,
  waiting_since = :waiting_since, first_reply_at = :first_reply_at, solved_at = :solved_at,
  closed_at = :closed_at, message_count = :message_count, last_message_id = :last_message_id,
  last_from = :last_from, has_attachments = :has_attachments, merged_into = :merged_into,
  version = version + 1
WHERE id = :id
RETURNING version

-- name: ticket_derive
-- params: id since
-- since: customer messages up to this time are settled (the ticket was solved or closed then).
-- An answer counts unless it was taken back or came back from every "to".
WITH m AS (
  SELECT id, kind, thread_id, created_at, auto, warning FROM message
  WHERE ticket_id = :id AND kind <> 'system'
), answer AS (
  SELECT m.id, m.created_at FROM m
  WHERE m.kind = 'agent' AND m.thread_id IS NULL AND m.auto = 0 AND m.warning <> 'cancelled'
    AND (NOT EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = m.id AND d.role = 'to')
      OR EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = m.id AND d.role = 'to'
        AND d.state NOT IN ('failed', 'bounced')))
)
SELECT
  (SELECT count(*) FROM m WHERE m.thread_id IS NULL),
  (SELECT max(m.id) FROM m),
  (SELECT max(m.created_at) FROM m),
  (SELECT min(answer.created_at) FROM answer),
  (SELECT min(m.created_at) FROM m WHERE m.kind = 'customer' AND m.thread_id IS NULL AND m.auto = 0
    AND m.created_at > :since AND m.id > coalesce((SELECT max(answer.id) FROM answer), 0)),
  (SELECT max(m.id) FROM m WHERE m.thread_id IS NULL AND m.kind IN ('customer', 'agent')
    AND m.warning <> 'cancelled'),
  (SELECT count(*) FROM (SELECT 1 FROM attachment x JOIN message y ON y.id = x.message_id
    WHERE y.ticket_id = :id AND x.inline = 0 LIMIT 1) z)

-- name: ticket_last_words
-- params: message_id
SELECT kind, substr(text, 1, 400) FROM message WHERE id = :message_id

-- name: ticket_parts
-- params: id account_id
-- How far the account has read, and whether there are tags, values of fields, side threads, people who
-- take part, merges: each is 0 or 1. Most tickets have little of it, and what is not there need not be
-- asked for.
SELECT (SELECT r.message_id FROM ticket_read r
    WHERE r.account_id = :account_id AND r.ticket_id = :id),
  CASE WHEN EXISTS (SELECT 1 FROM ticket_tag tt WHERE tt.ticket_id = :id) THEN 1 ELSE 0 END,
  CASE WHEN EXISTS (SELECT 1 FROM ticket_field v WHERE v.ticket_id = :id) THEN 1 ELSE 0 END,
  CASE WHEN EXISTS (SELECT 1 FROM side_thread s WHERE s.ticket_id = :id) THEN 1 ELSE 0 END,
  CASE WHEN EXISTS (SELECT 1 FROM participant p WHERE p.ticket_id = :id AND p.removed_at IS NULL)
    THEN 1 ELSE 0 END,
  CASE WHEN EXISTS (SELECT 1 FROM merge g WHERE g.kind = 'ticket' AND g.from_id = :id)
    OR EXISTS (SELECT 1 FROM merge g WHERE g.kind = 'ticket' AND g.into_id = :id)
    OR EXISTS (SELECT 1 FROM merge g WHERE g.kind = 'split' AND g.from_id = :id)
    OR EXISTS (SELECT 1 FROM merge g WHERE g.kind = 'split' AND g.into_id = :id)
    THEN 1 ELSE 0 END

-- name: ticket_read_get
-- params: account_id ticket_id
SELECT message_id FROM ticket_read WHERE account_id = :account_id AND ticket_id = :ticket_id

-- name: ticket_read_set
-- params: account_id ticket_id message_id
INSERT INTO ticket_read (account_id, ticket_id, message_id)
VALUES (:account_id, :ticket_id, :message_id)
ON CONFLICT (account_id, ticket_id) DO UPDATE SET message_id = excluded.message_id
WHERE ticket_read.message_id < excluded.message_id

-- name: counts_lines
SELECT id FROM line WHERE active = 1 ORDER BY position, id

-- name: counts_quarantined
-- params: every:int scope account_id
-- How many, how many of them the account's own, since when the oldest waits. Items without line or
-- brand are for those to whom everything is visible.
SELECT count(*), coalesce(sum(CASE WHEN q.owner_id = :account_id THEN 1 ELSE 0 END), 0),
  min(q.received_at)
FROM (SELECT i.owner_id, i.received_at FROM intake i
  WHERE i.state = 'quarantined' AND (:every = 1 OR @visible_item(i, :scope)) ORDER BY i.id LIMIT 1000) q
