-- Urgent tickets stand before all others that wait; there are few of them.
CREATE INDEX ticket_urgent ON ticket (waiting_since, id, status, line_id, brand_id, assignee_id)
  WHERE waiting_since IS NOT NULL AND priority = 4;

-- Whom the word of urgency has put first, without going through all decisions.
CREATE INDEX decision_lifts ON decision (at, ticket_id) WHERE priority = 4 AND account_id IS NULL;
