-- Every list is read from an index that holds its order and all that it filters by: the page costs
-- as much among a million tickets as among a thousand (store/ticket_list.c).

DROP INDEX ticket_recent;       -- no list mixes all statuses
DROP INDEX ticket_line_status;
DROP INDEX ticket_status;
DROP INDEX ticket_assignee;
DROP INDEX ticket_contact;
DROP INDEX ticket_waiting;
DROP INDEX ticket_merged;
CREATE INDEX ticket_status ON ticket (status, last_message_at, id, waiting_since, merged_into, line_id, brand_id);
CREATE INDEX ticket_line ON ticket (line_id, status, last_message_at, id, waiting_since, merged_into, brand_id, assignee_id);
CREATE INDEX ticket_brand ON ticket (brand_id, status, last_message_at, id, waiting_since, merged_into, line_id, assignee_id);
CREATE INDEX ticket_assignee ON ticket (assignee_id, status, last_message_at, id, waiting_since, merged_into, line_id, brand_id);
CREATE INDEX ticket_contact ON ticket (contact_id, last_message_at, id, status, merged_into, line_id, brand_id);
-- Few tickets wait at any time: these two stay small.
CREATE INDEX ticket_waiting ON ticket (waiting_since, id, status, line_id, brand_id, assignee_id) WHERE waiting_since IS NOT NULL;
CREATE INDEX ticket_line_waiting ON ticket (line_id, waiting_since, id, status, brand_id, assignee_id) WHERE waiting_since IS NOT NULL;
CREATE INDEX ticket_merged ON ticket (merged_into) WHERE merged_into IS NOT NULL;

CREATE INDEX delivery_instead ON delivery (lower(instead_of)) WHERE instead_of <> '';
CREATE INDEX contact_organisation ON contact (organisation_id) WHERE organisation_id IS NOT NULL;
CREATE INDEX upload_created ON upload (created_at);
-- In the order in which a contact's addresses are shown.
DROP INDEX identity_contact;
CREATE INDEX identity_contact ON identity (contact_id, kind, verified DESC, id, value);
