-- name: message_insert
-- params: ticket_id thread_id kind channel account_id contact_id author_name author_address sent_at created_at subject text quoted html recipients mail_id mail_refs raw_hash inbox_id auto warning
INSERT INTO message (ticket_id, thread_id, kind, channel, account_id, contact_id, author_name,
  author_address, sent_at, created_at, subject, text, quoted, html, recipients, mail_id,
  mail_refs, raw_hash, inbox_id, auto, warning)
VALUES (:ticket_id, :thread_id, :kind, :channel, :account_id, :contact_id, :author_name,
  :author_address, :sent_at, :created_at, :subject, :text, :quoted, :html, :recipients, :mail_id,
  :mail_refs, :raw_hash, :inbox_id, :auto, :warning)
RETURNING id

-- name: message_get
-- params: id scope
SELECT m.id, m.ticket_id, m.thread_id, m.kind, m.channel, m.account_id, m.contact_id,
  m.author_name, m.author_address, m.sent_at, m.created_at, m.subject, m.text, m.quoted,
  CASE WHEN m.html = '' THEN 0 ELSE 1 END, m.recipients, m.mail_id, m.mail_refs, m.raw_hash,
  m.inbox_id, m.auto, m.warning, m.erased_at, m.redacted_at, m.html
FROM message m JOIN ticket t ON t.id = m.ticket_id
WHERE m.id = :id AND @visible(t, :scope)

-- name: message_page
-- params: ticket_id before limit scope
SELECT m.id, m.ticket_id, m.thread_id, m.kind, m.channel, m.account_id, m.contact_id,
  m.author_name, m.author_address, m.sent_at, m.created_at, m.subject, m.text, m.quoted,
  CASE WHEN m.html = '' THEN 0 ELSE 1 END, m.recipients, m.mail_id, m.mail_refs, m.raw_hash,
  m.inbox_id, m.auto, m.warning, m.erased_at, m.redacted_at
FROM message m JOIN ticket t ON t.id = m.ticket_id
WHERE m.ticket_id = :ticket_id AND m.id < :before AND @visible(t, :scope)
ORDER BY m.id DESC LIMIT :limit

-- name: message_set_mail
-- params: id mail_id raw_hash
UPDATE message SET
  mail_id = CASE WHEN mail_id = '' THEN :mail_id ELSE mail_id END,
  raw_hash = CASE WHEN erased_at IS NULL AND redacted_at IS NULL THEN coalesce(raw_hash, :raw_hash) END
WHERE id = :id

-- name: message_set_warning
-- params: id warning
UPDATE message SET warning = :warning WHERE id = :id

-- name: message_last_author
-- params: ticket_id contact_id
-- From the ticket's end: the customer may have written thousands.
SELECT author_address FROM message
WHERE ticket_id = :ticket_id AND +contact_id = :contact_id AND kind = 'customer'
  AND thread_id IS NULL AND author_address <> ''
ORDER BY id DESC LIMIT 1

-- name: message_wrote
-- params: ticket_id contact_id
SELECT count(*) FROM (SELECT 1 FROM message
  WHERE ticket_id = :ticket_id AND contact_id = :contact_id AND kind = 'customer'
    AND thread_id IS NULL LIMIT 1) q

-- name: upload_unuse
-- params: id account_id
UPDATE upload SET used_at = NULL WHERE id = :id AND account_id = :account_id

-- name: message_by_mail_ids
-- params: ids
SELECT id, ticket_id, thread_id, contact_id, kind, mail_id FROM message
WHERE mail_id IN @strs(:ids) AND mail_id <> '' ORDER BY id DESC LIMIT 200

-- name: message_thread_mail_ids
-- params: ticket_id thread_id:int before limit
SELECT mail_id FROM message
WHERE ticket_id = :ticket_id AND thread_id IS NOT DISTINCT FROM :thread_id AND id < :before
  AND mail_id <> '' AND kind <> 'note' AND warning <> 'cancelled'
ORDER BY id DESC LIMIT :limit

-- name: attachment_insert
-- params: message_id hash name content_type size content_id inline position
INSERT INTO attachment (message_id, hash, name, content_type, size, content_id, inline, position)
VALUES (:message_id, :hash, :name, :content_type, :size, :content_id, :inline, :position)
RETURNING id

-- name: attachment_get
-- params: id scope
SELECT x.id, x.message_id, x.hash, x.name, x.content_type, x.size, x.content_id, x.inline,
  x.position
FROM attachment x JOIN message m ON m.id = x.message_id JOIN ticket t ON t.id = m.ticket_id
WHERE x.id = :id AND @visible(t, :scope)

-- name: attachment_of_messages
-- params: ids
SELECT id, message_id, hash, name, content_type, size, content_id, inline, position
FROM attachment WHERE message_id IN @ids(:ids) ORDER BY message_id, position, id

-- name: upload_insert
-- params: account_id hash name content_type size created_at
INSERT INTO upload (account_id, hash, name, content_type, size, created_at)
VALUES (:account_id, :hash, :name, :content_type, :size, :created_at)
RETURNING id

-- name: upload_get
-- params: id account_id
SELECT id, account_id, hash, name, content_type, size, created_at, used_at FROM upload
WHERE id = :id AND account_id = :account_id AND used_at IS NULL

-- name: upload_use
-- params: id now
UPDATE upload SET used_at = :now WHERE id = :id AND used_at IS NULL

-- name: upload_delete
-- params: id account_id
DELETE FROM upload WHERE id = :id AND account_id = :account_id AND used_at IS NULL

-- name: upload_expire
-- params: before
DELETE FROM upload WHERE created_at < :before

-- name: message_recipients
-- params: tickets
SELECT id, recipients FROM message WHERE ticket_id IN @ids(:tickets) AND recipients <> '{}' ORDER BY id

-- name: message_set_recipients
-- params: id recipients
UPDATE message SET recipients = :recipients WHERE id = :id

-- name: message_said_before
-- params: ticket_id thread_id:int before newest:int limit
-- newest 1: only what came from outside
SELECT id, kind, author_name, sent_at, text, author_address, mail_id FROM message
WHERE ticket_id = :ticket_id AND thread_id IS NOT DISTINCT FROM :thread_id AND id < :before
  AND auto = 0 AND ' ' || warning || ' ' NOT LIKE '% cancelled %'
  AND ' ' || warning || ' ' NOT LIKE '% dmarc_fail %'
  AND kind IN ('customer', 'partner', 'agent') AND (:newest = 0 OR kind <> 'agent')
ORDER BY id DESC LIMIT :limit
