-- Erasure, redaction, retention and legal hold. See doc/privacy.md.

ALTER TABLE contact ADD COLUMN erased_at @int;   -- the person asked to be forgotten
ALTER TABLE ticket ADD COLUMN erased_at @int;    -- its texts are gone, its ids and times stay
ALTER TABLE message ADD COLUMN erased_at @int;
ALTER TABLE message ADD COLUMN redacted_at @int; -- spans of it are blocked out; its raw letter is gone

-- A blob is removed when nothing names it; each of these columns is asked.
CREATE INDEX message_raw ON message (raw_hash);
CREATE INDEX intake_raw ON intake (raw_hash);
CREATE INDEX intake_message ON intake (message_id);
CREATE INDEX upload_hash ON upload (hash);

-- Blobs whose bytes shall go as soon as nothing names them. The row outlives the
-- blob's row until the file is gone from the disk.
CREATE TABLE blob_doomed (
  hash     TEXT PRIMARY KEY,
  noted_at @int NOT NULL
);

CREATE TABLE retention_rule (
  id         @pk,
  name       TEXT NOT NULL,
  action     TEXT NOT NULL CHECK (action IN ('erase', 'attachments', 'close')),
  age_days   @int NOT NULL CHECK (age_days >= 1),   -- since the last message
  brand_id   @int REFERENCES brand (id),
  line_id    @int REFERENCES line (id),
  status     TEXT NOT NULL DEFAULT '',              -- '' = solved, closed and spam
  active     @int NOT NULL DEFAULT 0,
  created_at @int NOT NULL,
  created_by @int REFERENCES account (id),
  last_run_at @int,
  last_count  @int NOT NULL DEFAULT 0,
  version    @int NOT NULL DEFAULT 1
);

CREATE TABLE legal_hold (        -- stops erasure, redaction and retention
  id          @pk,
  contact_id  @int REFERENCES contact (id),
  ticket_id   @int REFERENCES ticket (id),
  reason      TEXT NOT NULL,
  set_by      @int REFERENCES account (id),
  set_at      @int NOT NULL,
  lifted_by   @int REFERENCES account (id),
  lifted_at   @int,
  lifted_note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX legal_hold_contact ON legal_hold (contact_id);
CREATE INDEX legal_hold_ticket ON legal_hold (ticket_id);

CREATE TABLE erasure (           -- a run of erasing, with its progress; done when nothing is left on the disk
  id          @pk,
  kind        TEXT NOT NULL CHECK (kind IN ('contact', 'redaction', 'retention', 'restore')),
  contact_id  @int REFERENCES contact (id),
  rule_id     @int REFERENCES retention_rule (id),
  ticket_id   @int REFERENCES ticket (id),
  stage       TEXT NOT NULL,     -- messages, tickets, ledger, contact, log, index, files, sweep, done, stopped
  position    @int NOT NULL DEFAULT 0,   -- within the stage
  total       @int NOT NULL DEFAULT 0,   -- messages, or tickets of a retention rule
  done        @int NOT NULL DEFAULT 0,
  error       TEXT NOT NULL DEFAULT '',  -- key of the reason why it stopped
  asked_by    @int REFERENCES account (id),
  created_at  @int NOT NULL,
  finished_at @int
);
CREATE INDEX erasure_contact ON erasure (contact_id);
CREATE INDEX erasure_stage ON erasure (stage);

-- What was erased, by ids and positions, never what stood there: applied again
-- to a restored backup that is older. Also kept as a file beside the data.
CREATE TABLE tombstone (
  id   @pk,
  uid  TEXT NOT NULL UNIQUE,     -- random: the same in the file and in every copy
  at   @int NOT NULL,
  kind TEXT NOT NULL,            -- contact, messages, tickets, intake, attachments, spans
  data TEXT NOT NULL             -- JSON
);
