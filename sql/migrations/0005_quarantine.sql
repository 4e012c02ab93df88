-- What waits in quarantine is somebody's; letters of archives find their conversation.

ALTER TABLE intake ADD COLUMN owner_id @int REFERENCES account (id);  -- who looks after it
ALTER TABLE intake ADD COLUMN owned_at @int;
ALTER TABLE intake ADD COLUMN detail TEXT NOT NULL DEFAULT '';        -- what was found: a score, a name
CREATE INDEX intake_owner ON intake (owner_id, state, id);

CREATE TABLE import_thread (     -- conversations of imported letters, by every Message-ID they name
  key       TEXT PRIMARY KEY,    -- digest of inbox and Message-ID
  ticket_id @int NOT NULL REFERENCES ticket (id)
);
