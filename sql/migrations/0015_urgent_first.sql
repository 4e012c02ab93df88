-- Urgent tickets stand before all others that wait; there are few of them. The others are asked for
-- without them: what the list of those who wait leaves out costs an index entry, not a row.
DROP INDEX ticket_waiting;
DROP INDEX ticket_line_waiting;
CREATE INDEX ticket_waiting ON ticket (waiting_since, id, status, line_id, brand_id, assignee_id, priority)
  WHERE waiting_since IS NOT NULL;
CREATE INDEX ticket_line_waiting ON ticket (line_id, waiting_since, id, status, brand_id, assignee_id, priority)
  WHERE waiting_since IS NOT NULL;
CREATE INDEX ticket_urgent ON ticket (waiting_since, id, status, line_id, brand_id, assignee_id)
  WHERE waiting_since IS NOT NULL AND priority = 4;

-- Whom the word of urgency has put first, without going through all decisions.
CREATE INDEX decision_lifts ON decision (at, ticket_id) WHERE priority = 4 AND account_id IS NULL AND model_id IS NULL;
