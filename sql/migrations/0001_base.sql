-- The model of the first release. One source for both engines; the build step
-- (tools/gen_queries.py) replaces
--   @pk    the integer primary key, given by the database and never reused
--   @int   64-bit integer (also ids, times in microseconds UTC, flags 0/1)
--   @blob  bytes
-- and keeps the blocks between "-- @sqlite", "-- @pg" and "-- @end" for that
-- engine only. JSON is text. Columns named *_fold hold the folded form
-- (NFKC, casefold, yo as ye) of the column before them.

CREATE TABLE system (
  key   TEXT PRIMARY KEY,        -- instance_id, mail_secret, no_send, restored_at ...
  value TEXT NOT NULL
);

CREATE TABLE setting (           -- what the admin form changed; the rest is configuration
  key        TEXT PRIMARY KEY,
  value      TEXT NOT NULL,
  updated_at @int NOT NULL,
  updated_by @int
);

CREATE TABLE brand (
  id         @pk,
  name       TEXT NOT NULL,
  slug       TEXT NOT NULL UNIQUE,
  base_url   TEXT NOT NULL DEFAULT '',
  language   TEXT NOT NULL DEFAULT 'en',
  active     @int NOT NULL DEFAULT 1,
  created_at @int NOT NULL,
  version    @int NOT NULL DEFAULT 1
);

CREATE TABLE line (
  id          @pk,
  name        TEXT NOT NULL,
  level       @int NOT NULL DEFAULT 1 CHECK (level IN (1, 2)),
  description TEXT NOT NULL DEFAULT '',
  position    @int NOT NULL DEFAULT 0,
  active      @int NOT NULL DEFAULT 1,
  created_at  @int NOT NULL,
  version     @int NOT NULL DEFAULT 1
);

CREATE TABLE role (
  id         @pk,
  name       TEXT NOT NULL UNIQUE,
  builtin    @int NOT NULL DEFAULT 0,
  rights     TEXT NOT NULL,      -- JSON array of right names
  created_at @int NOT NULL,
  version    @int NOT NULL DEFAULT 1
);

CREATE TABLE account (           -- a person who works here
  id                  @pk,
  email               TEXT NOT NULL,
  email_norm          TEXT NOT NULL UNIQUE,
  name                TEXT NOT NULL,
  role_id             @int NOT NULL REFERENCES role (id),
  password_hash       TEXT NOT NULL DEFAULT '',   -- '' = cannot sign in by password
  password_changed_at @int,
  totp_secret         @blob,     -- encrypted; NULL = off
  totp_step           @int NOT NULL DEFAULT 0,    -- last step used, against replay
  all_lines           @int NOT NULL DEFAULT 1,
  all_brands          @int NOT NULL DEFAULT 1,
  language            TEXT NOT NULL DEFAULT 'en',
  theme               TEXT NOT NULL DEFAULT 'system',
  signature           TEXT NOT NULL DEFAULT '',
  active              @int NOT NULL DEFAULT 1,
  created_at          @int NOT NULL,
  version             @int NOT NULL DEFAULT 1
);
CREATE TABLE account_line (
  account_id @int NOT NULL REFERENCES account (id),
  line_id    @int NOT NULL REFERENCES line (id),
  PRIMARY KEY (account_id, line_id)
);
CREATE INDEX account_line_line ON account_line (line_id);
CREATE TABLE account_brand (
  account_id @int NOT NULL REFERENCES account (id),
  brand_id   @int NOT NULL REFERENCES brand (id),
  PRIMARY KEY (account_id, brand_id)
);
CREATE TABLE invitation (        -- also the reset of a password
  id         @pk,
  token_hash @blob NOT NULL UNIQUE,
  account_id @int NOT NULL REFERENCES account (id),
  expires_at @int NOT NULL,
  used_at    @int
);

CREATE TABLE session (
  id         @pk,
  token_hash @blob NOT NULL UNIQUE,
  account_id @int NOT NULL REFERENCES account (id),
  rights_mask TEXT NOT NULL DEFAULT '',  -- JSON array of rights that remain; '' = all of the role's
  created_at @int NOT NULL,
  seen_at    @int NOT NULL,
  expires_at @int NOT NULL,
  ended_at   @int,
  user_agent TEXT NOT NULL DEFAULT '',
  peer       TEXT NOT NULL DEFAULT ''
);
CREATE INDEX session_account ON session (account_id);

CREATE TABLE api_token (
  id         @pk,
  token_hash @blob NOT NULL UNIQUE,
  hint       TEXT NOT NULL,      -- first characters, to tell tokens apart
  name       TEXT NOT NULL,
  account_id @int NOT NULL REFERENCES account (id),  -- acts with this account's scope
  rights     TEXT NOT NULL,      -- JSON array: the rights granted, within the account's role
  lines      TEXT NOT NULL DEFAULT '',  -- JSON array of line ids; '' = all the account sees
  brands     TEXT NOT NULL DEFAULT '',
  created_at @int NOT NULL,
  expires_at @int,
  used_at    @int,
  revoked_at @int
);
CREATE INDEX api_token_account ON api_token (account_id);

CREATE TABLE throttle (          -- failed tries of signing in, by account and by peer
  key        TEXT PRIMARY KEY,
  failures   @int NOT NULL,
  first_at   @int NOT NULL,
  blocked_until @int NOT NULL DEFAULT 0
);

CREATE TABLE organisation (
  id         @pk,
  name       TEXT NOT NULL,
  name_fold  TEXT NOT NULL,
  domain     TEXT NOT NULL DEFAULT '',
  note       TEXT NOT NULL DEFAULT '',
  created_at @int NOT NULL,
  version    @int NOT NULL DEFAULT 1
);
CREATE INDEX organisation_domain ON organisation (domain);

CREATE TABLE contact (           -- a customer
  id              @pk,
  name            TEXT NOT NULL DEFAULT '',
  name_fold       TEXT NOT NULL DEFAULT '',
  organisation_id @int REFERENCES organisation (id),
  language        TEXT NOT NULL DEFAULT '',
  vip             @int NOT NULL DEFAULT 0,
  note            TEXT NOT NULL DEFAULT '',    -- the sticky note agents see first
  attributes      TEXT NOT NULL DEFAULT '{}',  -- JSON object of strings
  merged_into     @int REFERENCES contact (id) DEFERRABLE INITIALLY DEFERRED,
  created_at      @int NOT NULL,
  updated_at      @int NOT NULL,
  version         @int NOT NULL DEFAULT 1
);
CREATE INDEX contact_name ON contact (name_fold);
CREATE INDEX contact_merged ON contact (merged_into);
CREATE TABLE identity (
  id         @pk,
  contact_id @int NOT NULL REFERENCES contact (id),
  kind       TEXT NOT NULL,      -- email, phone, app, messenger, reviewer
  value      TEXT NOT NULL,
  value_norm TEXT NOT NULL,
  verified   @int NOT NULL DEFAULT 0,
  created_at @int NOT NULL,
  UNIQUE (kind, value_norm)
);
CREATE INDEX identity_contact ON identity (contact_id);

CREATE TABLE inbox (             -- one mail address of ours
  id            @pk,
  brand_id      @int NOT NULL REFERENCES brand (id),
  line_id       @int NOT NULL REFERENCES line (id),  -- where its tickets start
  name          TEXT NOT NULL,
  address       TEXT NOT NULL,
  address_norm  TEXT NOT NULL UNIQUE,
  sender_name   TEXT NOT NULL DEFAULT '',
  signature     TEXT NOT NULL DEFAULT '',
  autoack       @int NOT NULL DEFAULT 0,
  smtp_host     TEXT NOT NULL DEFAULT '',  -- '' = the installation's smtp.* settings
  smtp_port     @int NOT NULL DEFAULT 0,
  smtp_tls      TEXT NOT NULL DEFAULT '',
  smtp_user     TEXT NOT NULL DEFAULT '',
  smtp_password @blob,           -- encrypted
  active        @int NOT NULL DEFAULT 1,
  created_at    @int NOT NULL,
  version       @int NOT NULL DEFAULT 1
);

CREATE TABLE tag (
  id         @pk,
  name       TEXT NOT NULL,
  name_fold  TEXT NOT NULL UNIQUE,
  created_at @int NOT NULL
);
CREATE TABLE custom_field (
  id         @pk,
  object     TEXT NOT NULL CHECK (object IN ('ticket', 'contact')),
  key        TEXT NOT NULL,
  label      TEXT NOT NULL,
  type       TEXT NOT NULL CHECK (type IN ('text', 'number', 'date', 'choice', 'flag')),
  choices    TEXT NOT NULL DEFAULT '[]',
  position   @int NOT NULL DEFAULT 0,
  active     @int NOT NULL DEFAULT 1,
  created_at @int NOT NULL,
  version    @int NOT NULL DEFAULT 1,
  UNIQUE (object, key)
);

CREATE TABLE ticket (
  id               @pk,
  brand_id         @int NOT NULL REFERENCES brand (id),
  line_id          @int NOT NULL REFERENCES line (id),
  inbox_id         @int REFERENCES inbox (id),
  contact_id       @int NOT NULL REFERENCES contact (id),
  subject          TEXT NOT NULL,
  subject_fold     TEXT NOT NULL,
  snippet          TEXT NOT NULL DEFAULT '',  -- first words of the last public message
  channel          TEXT NOT NULL,             -- mail, api, agent ...
  status           TEXT NOT NULL CHECK (status IN ('new', 'open', 'pending', 'on_hold', 'solved', 'closed', 'spam')),
  priority         @int NOT NULL DEFAULT 2 CHECK (priority BETWEEN 1 AND 4),  -- low, normal, high, urgent
  assignee_id      @int REFERENCES account (id),
  created_at       @int NOT NULL,
  updated_at       @int NOT NULL,
  last_message_at  @int NOT NULL,
  waiting_since    @int,         -- oldest customer message without an answer; NULL = nobody waits
  first_reply_at   @int,
  solved_at        @int,
  closed_at        @int,
  message_count    @int NOT NULL DEFAULT 0,
  last_message_id  @int NOT NULL DEFAULT 0,   -- the last public or internal message, for "something new has arrived"
  last_from        TEXT NOT NULL DEFAULT '',  -- customer or agent: who wrote the last public message
  has_attachments  @int NOT NULL DEFAULT 0,
  merged_into      @int REFERENCES ticket (id) DEFERRABLE INITIALLY DEFERRED,
  split_from       @int REFERENCES ticket (id) DEFERRABLE INITIALLY DEFERRED,
  version          @int NOT NULL DEFAULT 1
);
CREATE INDEX ticket_recent ON ticket (last_message_at, id);
CREATE INDEX ticket_line_status ON ticket (line_id, status, last_message_at, id);
CREATE INDEX ticket_status ON ticket (status, last_message_at, id);
CREATE INDEX ticket_assignee ON ticket (assignee_id, status, last_message_at, id);
CREATE INDEX ticket_contact ON ticket (contact_id, id);
CREATE INDEX ticket_waiting ON ticket (waiting_since, id);
CREATE INDEX ticket_merged ON ticket (merged_into);
CREATE TABLE ticket_tag (
  ticket_id @int NOT NULL REFERENCES ticket (id),
  tag_id    @int NOT NULL REFERENCES tag (id),
  PRIMARY KEY (ticket_id, tag_id)
);
CREATE INDEX ticket_tag_tag ON ticket_tag (tag_id, ticket_id);
CREATE TABLE ticket_field (
  ticket_id @int NOT NULL REFERENCES ticket (id),
  field_id  @int NOT NULL REFERENCES custom_field (id),
  value     TEXT NOT NULL,
  PRIMARY KEY (ticket_id, field_id)
);
CREATE TABLE ticket_read (       -- how far each agent has read
  account_id @int NOT NULL REFERENCES account (id),
  ticket_id  @int NOT NULL REFERENCES ticket (id),
  message_id @int NOT NULL,
  PRIMARY KEY (account_id, ticket_id)
);

-- A ticket has one main thread (thread_id NULL in its messages) and any number
-- of side threads that the customer never sees.
CREATE TABLE side_thread (
  id         @pk,
  ticket_id  @int NOT NULL REFERENCES ticket (id),
  subject    TEXT NOT NULL,
  created_by @int REFERENCES account (id),
  created_at @int NOT NULL,
  closed_at  @int
);
CREATE INDEX side_thread_ticket ON side_thread (ticket_id);

-- Who takes part by mail, besides the requester: copies of the main thread
-- (thread_id NULL) and the partners of a side thread. Only an agent adds one:
-- a Cc in a letter is kept as pending until the requester or an agent is the one who wrote it.
CREATE TABLE participant (
  id            @pk,
  ticket_id     @int NOT NULL REFERENCES ticket (id),
  thread_id     @int REFERENCES side_thread (id),
  address       TEXT NOT NULL,
  address_norm  TEXT NOT NULL,
  name          TEXT NOT NULL DEFAULT '',
  role          TEXT NOT NULL CHECK (role IN ('cc', 'bcc', 'partner')),
  added_by      @int REFERENCES account (id),
  created_at    @int NOT NULL,
  removed_at    @int
);
CREATE INDEX participant_ticket ON participant (ticket_id);
CREATE INDEX participant_address ON participant (address_norm);

CREATE TABLE blob (              -- bytes by content; SQLite: files under data/blobs, PostgreSQL: blob_chunk
  hash        TEXT PRIMARY KEY,  -- SHA-256, lower-case hex, of the bytes before compression
  size        @int NOT NULL,
  stored_size @int NOT NULL,
  codec       TEXT NOT NULL CHECK (codec IN ('none', 'zstd')),
  created_at  @int NOT NULL
);
CREATE TABLE blob_chunk (
  hash  TEXT NOT NULL REFERENCES blob (hash),
  n     @int NOT NULL,
  bytes @blob NOT NULL,
  PRIMARY KEY (hash, n)
);

CREATE TABLE message (           -- append-only
  id               @pk,
  ticket_id        @int NOT NULL REFERENCES ticket (id),  -- moves with a merge or split only
  thread_id        @int REFERENCES side_thread (id),
  kind             TEXT NOT NULL CHECK (kind IN ('customer', 'agent', 'note', 'partner', 'system')),
  channel          TEXT NOT NULL,
  account_id       @int REFERENCES account (id),   -- the agent who wrote it
  contact_id       @int REFERENCES contact (id),   -- the customer who wrote it
  author_name      TEXT NOT NULL DEFAULT '',
  author_address   TEXT NOT NULL DEFAULT '',
  sent_at          @int NOT NULL,                  -- as the letter says; for ours = created_at
  created_at       @int NOT NULL,
  subject          TEXT NOT NULL DEFAULT '',
  text             TEXT NOT NULL,                  -- what is visible: the reply without its quoted tail
  quoted           TEXT NOT NULL DEFAULT '',       -- the quoted tail
  html             TEXT NOT NULL DEFAULT '',       -- as it came, decoded; cleaned when shown
  recipients       TEXT NOT NULL DEFAULT '{}',     -- JSON {to:[{name,address}],cc:[],bcc:[]}
  mail_id          TEXT NOT NULL DEFAULT '',       -- Message-ID without <>
  mail_refs        TEXT NOT NULL DEFAULT '',       -- In-Reply-To and References, space-separated
  raw_hash         TEXT REFERENCES blob (hash) DEFERRABLE INITIALLY DEFERRED,
  inbox_id         @int REFERENCES inbox (id),
  auto             @int NOT NULL DEFAULT 0,        -- 1 = written by a machine (auto-reply, bounce, our auto-ack)
  warning          TEXT NOT NULL DEFAULT ''        -- key of what the agent should know (unknown sender, failed DMARC ...)
);
CREATE INDEX message_ticket ON message (ticket_id, id);
CREATE INDEX message_mail_id ON message (mail_id);
CREATE INDEX message_contact ON message (contact_id);

CREATE TABLE attachment (
  id           @pk,
  message_id   @int NOT NULL REFERENCES message (id),
  hash         TEXT NOT NULL REFERENCES blob (hash) DEFERRABLE INITIALLY DEFERRED,
  name         TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size         @int NOT NULL,
  content_id   TEXT NOT NULL DEFAULT '',
  inline       @int NOT NULL DEFAULT 0,
  position     @int NOT NULL DEFAULT 0
);
CREATE INDEX attachment_message ON attachment (message_id);
CREATE INDEX attachment_hash ON attachment (hash);
CREATE TABLE upload (            -- uploaded, not yet sent
  id           @pk,
  account_id   @int NOT NULL REFERENCES account (id),
  hash         TEXT NOT NULL REFERENCES blob (hash) DEFERRABLE INITIALLY DEFERRED,
  name         TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size         @int NOT NULL,
  created_at   @int NOT NULL,
  used_at      @int
);

CREATE TABLE delivery (          -- one recipient of one outgoing message
  id           @pk,
  message_id   @int NOT NULL REFERENCES message (id),
  address      TEXT NOT NULL,
  role         TEXT NOT NULL CHECK (role IN ('to', 'cc', 'bcc')),
  state        TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'bounced', 'failed')),
  attempts     @int NOT NULL DEFAULT 0,
  code         @int NOT NULL DEFAULT 0,
  status       TEXT NOT NULL DEFAULT '',   -- enhanced status code, 5.1.1
  answer       TEXT NOT NULL DEFAULT '',   -- last words of the server
  updated_at   @int NOT NULL
);
CREATE INDEX delivery_message ON delivery (message_id);
CREATE INDEX delivery_state ON delivery (state, id);

CREATE TABLE intake (            -- the ledger: everything that ever came in, and what became of it
  id           @pk,
  received_at  @int NOT NULL,
  channel      TEXT NOT NULL,
  inbox_id     @int REFERENCES inbox (id),
  brand_id     @int REFERENCES brand (id),
  line_id      @int REFERENCES line (id),
  peer         TEXT NOT NULL DEFAULT '',
  sender       TEXT NOT NULL DEFAULT '',   -- envelope
  recipient    TEXT NOT NULL DEFAULT '',
  from_address TEXT NOT NULL DEFAULT '',
  subject      TEXT NOT NULL DEFAULT '',
  size         @int NOT NULL,
  digest       TEXT NOT NULL,              -- SHA-256 of the content without transport headers
  mail_id      TEXT NOT NULL DEFAULT '',
  raw_hash     TEXT REFERENCES blob (hash) DEFERRABLE INITIALLY DEFERRED,
  state        TEXT NOT NULL CHECK (state IN ('accepted', 'duplicate', 'quarantined', 'rejected')),
  reason       TEXT NOT NULL DEFAULT '',   -- key of the reason
  ticket_id    @int REFERENCES ticket (id),
  message_id   @int REFERENCES message (id),
  decided_by   @int REFERENCES account (id),
  decided_at   @int,
  decided_note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX intake_digest ON intake (digest);
CREATE INDEX intake_mail_id ON intake (mail_id);
CREATE INDEX intake_state ON intake (state, id);
CREATE INDEX intake_ticket ON intake (ticket_id);

CREATE TABLE merge (             -- every merge and split with what it moved, so that it can be undone
  id         @pk,
  kind       TEXT NOT NULL CHECK (kind IN ('ticket', 'contact', 'split')),
  from_id    @int NOT NULL,
  into_id    @int NOT NULL,
  moved      TEXT NOT NULL,      -- JSON of ids moved by kind, and fields as they were
  created_by @int REFERENCES account (id),
  created_at @int NOT NULL,
  undone_by  @int REFERENCES account (id),
  undone_at  @int
);
CREATE INDEX merge_from ON merge (kind, from_id);
CREATE INDEX merge_into ON merge (kind, into_id);

-- The event log. References only, never personal text. Ids are given in commit
-- order without gaps being meaningful; digest = SHA-256(previous digest || the
-- canonical row), so the chain stays whole when texts are erased elsewhere.
CREATE TABLE event (
  id         @int PRIMARY KEY,
  schema     @int NOT NULL,
  at         @int NOT NULL,
  type       TEXT NOT NULL,
  audience   TEXT NOT NULL CHECK (audience IN ('customer', 'agents', 'leads', 'system')),
  actor      TEXT NOT NULL,      -- account:7, contact:12, system
  ticket_id  @int,
  line_id    @int,
  brand_id   @int,
  data       TEXT NOT NULL,      -- JSON object of ids and codes
  digest     @blob NOT NULL
);
CREATE INDEX event_ticket ON event (ticket_id, id);
CREATE TABLE event_cursor (      -- how far each reader of the log has come
  name     TEXT PRIMARY KEY,
  event_id @int NOT NULL,
  updated_at @int NOT NULL
);

CREATE TABLE job (               -- every deadline of the product
  id          @pk,
  kind        TEXT NOT NULL,
  ukey        TEXT NOT NULL,     -- one live job a kind and key
  due         @int NOT NULL,
  payload     TEXT NOT NULL DEFAULT '{}',
  attempts    @int NOT NULL DEFAULT 0,
  lease_owner TEXT NOT NULL DEFAULT '',
  lease_until @int NOT NULL DEFAULT 0,
  dead        @int NOT NULL DEFAULT 0,   -- given up; kept to be seen
  error       TEXT NOT NULL DEFAULT '',
  created_at  @int NOT NULL,
  UNIQUE (kind, ukey)
);
CREATE INDEX job_due ON job (kind, dead, due, id);

CREATE TABLE idempotency (
  account_id   @int NOT NULL,
  key          TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status       @int NOT NULL,
  response     TEXT NOT NULL,
  created_at   @int NOT NULL,
  PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- @sqlite
CREATE VIRTUAL TABLE message_search USING fts5 (
  text, content = '', tokenize = 'unicode61 remove_diacritics 0'
);
-- @end
-- @pg
CREATE TABLE message_search (
  message_id BIGINT PRIMARY KEY,
  words      tsvector NOT NULL
);
CREATE INDEX message_search_words ON message_search USING gin (words);
-- @end
