-- What every new ticket, message and letter pays for without need.
--
-- PostgreSQL: rows of these parents are never deleted (erasing blanks them), and their ids were read or
-- made in the same transaction; yet each reference was one more query with a lock of the parent's
-- row, so that all tickets of a brand wrote to the same row of it, and each CHECK was parsed anew by
-- each statement. `otklik verify` looks at both (store/check.h).
--
-- SQLite keeps both; but a CHECK of more than two names makes a table of them for each row, so
-- it is written as comparisons, the way that SQLite documents for changing a CHECK.

-- @sqlite
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql,
  'CHECK (status IN (''new'', ''open'', ''pending'', ''on_hold'', ''solved'', ''closed'', ''spam''))',
  'CHECK (status = ''new'' OR status = ''open'' OR status = ''pending'' OR status = ''on_hold'' OR status = ''solved'' OR status = ''closed'' OR status = ''spam'')')
WHERE type = 'table' AND name = 'ticket';
UPDATE sqlite_schema SET sql = replace(sql,
  'CHECK (kind IN (''customer'', ''agent'', ''note'', ''partner'', ''system''))',
  'CHECK (kind = ''customer'' OR kind = ''agent'' OR kind = ''note'' OR kind = ''partner'' OR kind = ''system'')')
WHERE type = 'table' AND name = 'message';
UPDATE sqlite_schema SET sql = replace(sql,
  'CHECK (state IN (''accepted'', ''duplicate'', ''quarantined'', ''rejected''))',
  'CHECK (state = ''accepted'' OR state = ''duplicate'' OR state = ''quarantined'' OR state = ''rejected'')')
WHERE type = 'table' AND name = 'intake';
UPDATE sqlite_schema SET sql = replace(sql,
  'CHECK (audience IN (''customer'', ''agents'', ''leads'', ''system''))',
  'CHECK (audience = ''customer'' OR audience = ''agents'' OR audience = ''leads'' OR audience = ''system'')')
WHERE type = 'table' AND name = 'event';
PRAGMA writable_schema = RESET;
-- @end
-- @pg
ALTER TABLE identity DROP CONSTRAINT identity_contact_id_fkey;
ALTER TABLE ticket
  DROP CONSTRAINT ticket_brand_id_fkey,
  DROP CONSTRAINT ticket_line_id_fkey,
  DROP CONSTRAINT ticket_inbox_id_fkey,
  DROP CONSTRAINT ticket_contact_id_fkey,
  DROP CONSTRAINT ticket_assignee_id_fkey,
  DROP CONSTRAINT ticket_status_check,
  DROP CONSTRAINT ticket_priority_check;
ALTER TABLE message
  DROP CONSTRAINT message_ticket_id_fkey,
  DROP CONSTRAINT message_thread_id_fkey,
  DROP CONSTRAINT message_account_id_fkey,
  DROP CONSTRAINT message_contact_id_fkey,
  DROP CONSTRAINT message_inbox_id_fkey,
  DROP CONSTRAINT message_kind_check;
ALTER TABLE intake
  DROP CONSTRAINT intake_inbox_id_fkey,
  DROP CONSTRAINT intake_brand_id_fkey,
  DROP CONSTRAINT intake_line_id_fkey,
  DROP CONSTRAINT intake_ticket_id_fkey,
  DROP CONSTRAINT intake_message_id_fkey,
  DROP CONSTRAINT intake_decided_by_fkey,
  DROP CONSTRAINT intake_state_check;
ALTER TABLE event DROP CONSTRAINT event_audience_check;
-- A new ticket is soon changed by what is understood of it. With room in its page the new version of
-- the row needs no entry in each of the table's indexes.
ALTER TABLE ticket SET (fillfactor = 50);
-- @end
