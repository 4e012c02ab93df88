-- Indexes hold no rows that nobody looks up: each of these was mostly NULL or empty, and every new
-- ticket, message and letter wrote an entry.

DROP INDEX contact_merged;
CREATE INDEX contact_merged ON contact (merged_into) WHERE merged_into IS NOT NULL;
DROP INDEX ticket_merged;
CREATE INDEX ticket_merged ON ticket (merged_into) WHERE merged_into IS NOT NULL;
DROP INDEX message_mail_id;
CREATE INDEX message_mail_id ON message (mail_id) WHERE mail_id <> '';
DROP INDEX message_raw;
CREATE INDEX message_raw ON message (raw_hash) WHERE raw_hash IS NOT NULL;
CREATE INDEX legal_hold_live ON legal_hold (id) WHERE lifted_at IS NULL;
