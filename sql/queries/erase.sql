-- Taking texts away: store/erase.c. Ids and times stay.
-- A row of the ledger belongs to the ticket where its message is now; intake.ticket_id says where
-- the letter came in, which counts only for rows without a message.

-- name: erase_contact_tree
-- params: id
-- The contact and all that were merged into it.
WITH RECURSIVE tree (id) AS (
  SELECT c.id FROM contact c WHERE c.id = :id
  UNION SELECT c.id FROM contact c JOIN tree t ON c.merged_into = t.id
)
SELECT id FROM tree ORDER BY id

-- name: erase_contact_messages
-- params: contacts until limit
-- Not erased yet: of their tickets, and their own words elsewhere.
SELECT x.id FROM (
  SELECT m.id FROM message m JOIN ticket t ON t.id = m.ticket_id
  WHERE t.contact_id IN @ids(:contacts) AND m.erased_at IS NULL AND m.created_at <= :until
  UNION
  SELECT m.id FROM message m
  WHERE m.contact_id IN @ids(:contacts) AND m.erased_at IS NULL AND m.created_at <= :until
) x ORDER BY x.id LIMIT :limit

-- name: erase_contact_tickets
-- params: contacts until limit
SELECT t.id FROM ticket t
WHERE t.contact_id IN @ids(:contacts) AND t.created_at <= :until
  AND (t.erased_at IS NULL OR t.subject <> '' OR t.snippet <> '')
ORDER BY t.id LIMIT :limit

-- name: erase_contact_shared_tickets
-- params: contacts addresses
-- Tickets of others in which they wrote or took part.
SELECT p.ticket_id FROM participant p WHERE p.address_norm IN @strs(:addresses)
UNION
SELECT m.ticket_id FROM message m WHERE m.contact_id IN @ids(:contacts)

-- name: erase_ticket_messages
-- params: ticket_id limit
SELECT m.id FROM message m WHERE m.ticket_id = :ticket_id AND m.erased_at IS NULL
ORDER BY m.id LIMIT :limit

-- name: erase_still_there
-- params: ids until
-- Of these messages, those that are as old as the erasure and not erased.
SELECT m.id FROM message m
WHERE m.id IN @ids(:ids) AND m.erased_at IS NULL AND m.created_at <= :until ORDER BY m.id

-- name: erase_tickets_still_there
-- params: ids until
SELECT t.id FROM ticket t
WHERE t.id IN @ids(:ids) AND t.erased_at IS NULL AND t.created_at <= :until ORDER BY t.id

-- name: erase_hashes
-- params: ids
SELECT m.raw_hash FROM message m WHERE m.id IN @ids(:ids) AND m.raw_hash IS NOT NULL
UNION SELECT x.hash FROM attachment x WHERE x.message_id IN @ids(:ids)
UNION SELECT i.raw_hash FROM intake i WHERE i.message_id IN @ids(:ids) AND i.raw_hash IS NOT NULL

-- name: erase_messages
-- params: ids now
-- Ours keep their author and Message-ID: a later answer is threaded by it.
UPDATE message SET text = '', quoted = '', html = '', subject = '', recipients = '{}',
  author_name = CASE WHEN account_id IS NULL THEN '' ELSE author_name END,
  author_address = CASE WHEN account_id IS NULL THEN '' ELSE author_address END,
  mail_id = CASE WHEN account_id IS NULL AND kind <> 'system' THEN '' ELSE mail_id END,
  mail_refs = '', raw_hash = NULL, warning = CASE WHEN warning = 'cancelled' THEN warning ELSE '' END,
  erased_at = :now
WHERE id IN @ids(:ids)

-- name: erase_facts
-- params: ids
DELETE FROM ticket_fact WHERE message_id IN @ids(:ids)

-- name: erase_decision_words
-- params: ids
UPDATE decision SET words = '[]' WHERE message_id IN @ids(:ids) AND words <> '[]'

-- name: erase_ticket_facts
-- params: ids
-- What people typed in; what was found goes with its message.
DELETE FROM ticket_fact WHERE ticket_id IN @ids(:ids) AND message_id IS NULL

-- name: erase_ticket_decision_words
-- params: ids
UPDATE decision SET words = '[]' WHERE ticket_id IN @ids(:ids) AND words <> '[]'

-- name: erase_attachments
-- params: ids
DELETE FROM attachment WHERE message_id IN @ids(:ids)

-- name: erase_uploads
-- params: hashes
-- Sent ones: their names and bytes live on in what was just erased.
DELETE FROM upload WHERE used_at IS NOT NULL AND hash IN @strs(:hashes)

-- name: erase_deliveries
-- params: ids now
UPDATE delivery SET address = '', answer = '', instead_of = '', held = '', due_at = 0,
  state = CASE WHEN state IN ('queued', 'sending') THEN 'failed' ELSE state END, updated_at = :now
WHERE message_id IN @ids(:ids)

-- name: erase_send_jobs
-- params: ids
DELETE FROM job WHERE kind = 'send'
  AND ukey IN (SELECT 'message:' || m.id FROM message m WHERE m.id IN @ids(:ids))

-- name: erase_intake_of_messages
-- params: ids
UPDATE intake SET peer = '', sender = '', recipient = '', from_address = '', subject = '',
  mail_id = 'erased', raw_hash = NULL, decided_note = '', detail = ''
WHERE message_id IN @ids(:ids)

-- name: erase_intake_of_tickets
-- params: ids
UPDATE intake SET peer = '', sender = '', recipient = '', from_address = '', subject = '',
  mail_id = 'erased', raw_hash = NULL, decided_note = '', detail = ''
WHERE mail_id <> 'erased' AND (message_id IN (SELECT m.id FROM message m WHERE m.ticket_id IN @ids(:ids))
  OR (message_id IS NULL AND ticket_id IN @ids(:ids)))

-- name: erase_intake_hashes_of_tickets
-- params: ids
SELECT raw_hash FROM intake WHERE raw_hash IS NOT NULL AND (message_id IN (SELECT m.id FROM message m WHERE m.ticket_id IN @ids(:ids))
  OR (message_id IS NULL AND ticket_id IN @ids(:ids)))

-- name: erase_intake_by_address
-- params: addresses after limit
-- The next `limit` rows of the ledger after this id: those that came from these addresses.
SELECT i.id, CASE WHEN i.mail_id <> 'erased' AND (lower(i.from_address) IN @strs(:addresses)
  OR lower(i.sender) IN @strs(:addresses)) THEN 1 ELSE 0 END
FROM intake i WHERE i.id > :after ORDER BY i.id LIMIT :limit

-- name: erase_intake_hashes
-- params: ids
SELECT i.raw_hash FROM intake i WHERE i.id IN @ids(:ids) AND i.raw_hash IS NOT NULL

-- name: erase_intake
-- params: ids until now
-- What waited in quarantine is refused: nothing of it is left to be let in.
UPDATE intake SET peer = '', sender = '', recipient = '', from_address = '', subject = '',
  mail_id = 'erased', raw_hash = NULL, decided_note = '', detail = '',
  reason = CASE WHEN state = 'quarantined' THEN 'erased' ELSE reason END,
  decided_at = CASE WHEN state = 'quarantined' THEN :now ELSE decided_at END,
  state = CASE WHEN state = 'quarantined' THEN 'rejected' ELSE state END
WHERE id IN @ids(:ids) AND received_at <= :until

-- name: erase_tickets
-- params: ids now
UPDATE ticket SET subject = '', subject_fold = '', snippet = '', has_attachments = 0,
  waiting_since = NULL, erased_at = :now, updated_at = :now, version = version + 1
WHERE id IN @ids(:ids)

-- name: erase_ticket_fields
-- params: ids
DELETE FROM ticket_field WHERE ticket_id IN @ids(:ids)

-- name: erase_ticket_participants
-- params: ids now
UPDATE participant SET address = '', address_norm = '', name = '',
  removed_at = coalesce(removed_at, :now)
WHERE ticket_id IN @ids(:ids)

-- name: erase_ticket_threads
-- params: ids
UPDATE side_thread SET subject = '' WHERE ticket_id IN @ids(:ids)

-- name: erase_participants_by_address
-- params: addresses now
UPDATE participant SET address = '', address_norm = '', name = '',
  removed_at = coalesce(removed_at, :now)
WHERE address_norm IN @strs(:addresses)

-- name: erase_deliveries_by_address
-- params: tickets addresses
UPDATE delivery SET address = '', answer = '', instead_of = ''
WHERE (lower(address) IN @strs(:addresses) OR lower(instead_of) IN @strs(:addresses))
  AND message_id IN (SELECT m.id FROM message m WHERE m.ticket_id IN @ids(:tickets))

-- name: erase_shared_snippets
-- params: tickets
-- The words in the lists are those of the last message.
UPDATE ticket SET snippet = '', version = version + 1
WHERE id IN @ids(:tickets) AND snippet <> '' AND EXISTS (SELECT 1 FROM message y
  WHERE y.erased_at IS NOT NULL AND y.id = (SELECT max(m.id) FROM message m
    WHERE m.ticket_id = ticket.id AND m.thread_id IS NULL AND m.kind IN ('customer', 'agent')
      AND m.warning <> 'cancelled'))

-- name: erase_shared_files
-- params: tickets
UPDATE ticket SET has_attachments = 0, version = version + 1
WHERE id IN @ids(:tickets) AND has_attachments = 1 AND NOT EXISTS (SELECT 1 FROM attachment x
  JOIN message m ON m.id = x.message_id WHERE m.ticket_id = ticket.id AND x.inline = 0)

-- name: erase_identities
-- params: contacts
DELETE FROM identity WHERE contact_id IN @ids(:contacts)

-- name: erase_identity_values
-- params: contacts
SELECT value, value_norm, kind FROM identity WHERE contact_id IN @ids(:contacts)

-- name: erase_contacts
-- params: contacts now
UPDATE contact SET name = '', name_fold = '', organisation_id = NULL, language = '', vip = 0,
  note = '', attributes = '{}', erased_at = :now, updated_at = :now, version = version + 1
WHERE id IN @ids(:contacts)

-- name: erase_hold_reasons
-- params: contacts
-- Lifted ones only are left by then.
UPDATE legal_hold SET reason = '', lifted_note = ''
WHERE lifted_at IS NOT NULL AND (contact_id IN @ids(:contacts)
  OR ticket_id IN (SELECT t.id FROM ticket t WHERE t.contact_id IN @ids(:contacts)))

-- name: erase_answers
-- params:
-- Kept answers of the API may hold anything; a repeated request is then refused.
UPDATE idempotency SET response = '' WHERE response <> ''

-- name: erase_attachment_hashes
-- params: ids message_id
SELECT x.hash FROM attachment x WHERE x.id IN @ids(:ids) AND x.message_id = :message_id

-- name: erase_attachments_by_id
-- params: ids message_id
DELETE FROM attachment WHERE id IN @ids(:ids) AND message_id = :message_id

-- name: erase_files_of_ticket
-- params: ticket_id
-- What the rule "attachments" takes: files, and the raw letters that hold them.
SELECT x.hash FROM attachment x JOIN message m ON m.id = x.message_id WHERE m.ticket_id = :ticket_id
UNION SELECT m.raw_hash FROM message m WHERE m.ticket_id = :ticket_id AND m.raw_hash IS NOT NULL
UNION SELECT raw_hash FROM intake WHERE raw_hash IS NOT NULL AND (message_id IN (SELECT m.id FROM message m WHERE m.ticket_id = :ticket_id)
  OR (message_id IS NULL AND ticket_id = :ticket_id))

-- name: erase_ticket_attachments
-- params: ticket_id
DELETE FROM attachment WHERE message_id IN (SELECT m.id FROM message m WHERE m.ticket_id = :ticket_id)

-- name: erase_ticket_raw
-- params: ticket_id
UPDATE message SET raw_hash = NULL WHERE ticket_id = :ticket_id AND raw_hash IS NOT NULL

-- name: erase_ticket_intake_raw
-- params: ticket_id
UPDATE intake SET raw_hash = NULL WHERE raw_hash IS NOT NULL AND (message_id IN (SELECT m.id FROM message m WHERE m.ticket_id = :ticket_id)
  OR (message_id IS NULL AND ticket_id = :ticket_id))

-- name: erase_ticket_no_files
-- params: ticket_id
UPDATE ticket SET has_attachments = 0, version = version + 1 WHERE id = :ticket_id

-- name: erase_counts
-- params: contacts
-- What goes with a contact: tickets, messages, files, letters, ledger, identities.
SELECT
  (SELECT count(*) FROM ticket t WHERE t.contact_id IN @ids(:contacts)),
  (SELECT count(*) FROM message m WHERE m.erased_at IS NULL AND (m.contact_id IN @ids(:contacts)
    OR m.ticket_id IN (SELECT t.id FROM ticket t WHERE t.contact_id IN @ids(:contacts)))),
  (SELECT count(*) FROM attachment x JOIN message m ON m.id = x.message_id
    JOIN ticket t ON t.id = m.ticket_id WHERE t.contact_id IN @ids(:contacts)),
  (SELECT coalesce(sum(x.size), 0) FROM attachment x JOIN message m ON m.id = x.message_id
    JOIN ticket t ON t.id = m.ticket_id WHERE t.contact_id IN @ids(:contacts)),
  (SELECT count(*) FROM intake i WHERE i.message_id IN (SELECT m.id FROM message m
    WHERE m.contact_id IN @ids(:contacts)
      OR m.ticket_id IN (SELECT t.id FROM ticket t WHERE t.contact_id IN @ids(:contacts)))
    OR (i.message_id IS NULL AND i.ticket_id IN
      (SELECT t.id FROM ticket t WHERE t.contact_id IN @ids(:contacts)))),
  (SELECT count(*) FROM identity n WHERE n.contact_id IN @ids(:contacts))

-- ---- redaction ----

-- name: redact_messages
-- params: ticket_id after limit
SELECT m.id, m.subject, m.text, m.quoted, m.html, m.erased_at, m.created_at
FROM message m WHERE m.ticket_id = :ticket_id AND m.id > :after ORDER BY m.id LIMIT :limit

-- name: redact_message
-- params: id subject text quoted html now
UPDATE message SET subject = :subject, text = :text, quoted = :quoted, html = :html,
  raw_hash = NULL, redacted_at = :now
WHERE id = :id

-- name: redact_intake_subjects
-- params: ticket_id
SELECT id, subject FROM intake WHERE (message_id IN (SELECT m.id FROM message m WHERE m.ticket_id = :ticket_id)
  OR (message_id IS NULL AND ticket_id = :ticket_id))

-- name: redact_intake_subject
-- params: id subject
UPDATE intake SET subject = :subject WHERE id = :id

-- name: redact_raw_hashes
-- params: message_id
SELECT m.raw_hash FROM message m WHERE m.id = :message_id AND m.raw_hash IS NOT NULL
UNION SELECT i.raw_hash FROM intake i WHERE i.message_id = :message_id AND i.raw_hash IS NOT NULL

-- name: redact_raw
-- params: message_id
UPDATE intake SET raw_hash = NULL WHERE message_id = :message_id

-- name: redact_threads
-- params: ticket_id
SELECT id, subject FROM side_thread WHERE ticket_id = :ticket_id

-- name: redact_thread
-- params: id subject
UPDATE side_thread SET subject = :subject WHERE id = :id

-- name: redact_facts_of_message
-- params: message_id
SELECT id, text FROM ticket_fact WHERE message_id = :message_id

-- name: redact_facts_of_ticket
-- params: ticket_id
SELECT id, value FROM ticket_fact WHERE ticket_id = :ticket_id AND message_id IS NULL

-- name: redact_fact_drop
-- params: id
DELETE FROM ticket_fact WHERE id = :id

-- name: redact_decision_words
-- params: message_id
UPDATE decision SET words = '[]' WHERE message_id = :message_id AND words <> '[]'

-- name: redact_attachment_name
-- params: id name
UPDATE attachment SET name = :name WHERE id = :id

-- ---- the index ----

-- name: search_indexed
-- params: message_id
-- @sqlite
SELECT count(*) FROM message_search_docsize WHERE id = :message_id
-- @end
-- @pg
SELECT count(*) FROM message_search WHERE message_id = :message_id
-- @end

-- name: search_index_delete
-- params: message_id
-- PostgreSQL only; the terms of SQLite's index must be told: search_take_out.
-- @sqlite
SELECT 1
-- @end
-- @pg
DELETE FROM message_search WHERE message_id = :message_id
-- @end

-- name: search_take_out
-- params: message_id text subject author file
-- @sqlite
INSERT INTO message_search (message_search, rowid, text, subject, author, file)
VALUES ('delete', :message_id, :text, :subject, :author, :file)
-- @end
-- @pg
SELECT 1
-- @end
