-- What 0012 did for tickets and letters, for what is understood of each of them: rows of these
-- parents are never deleted, and each reference was one more query with a lock of the parent's row.
-- `otklik verify` looks at them (store/check.h). SQLite keeps them.

-- @pg
ALTER TABLE ticket DROP CONSTRAINT ticket_category_id_fkey;
ALTER TABLE decision
  DROP CONSTRAINT decision_ticket_id_fkey,
  DROP CONSTRAINT decision_message_id_fkey,
  DROP CONSTRAINT decision_model_id_fkey,
  DROP CONSTRAINT decision_category_id_fkey,
  DROP CONSTRAINT decision_was_category_id_fkey,
  DROP CONSTRAINT decision_line_id_fkey,
  DROP CONSTRAINT decision_was_line_id_fkey;
ALTER TABLE ticket_fact
  DROP CONSTRAINT ticket_fact_ticket_id_fkey,
  DROP CONSTRAINT ticket_fact_message_id_fkey,
  DROP CONSTRAINT ticket_fact_source_check;
-- @end
