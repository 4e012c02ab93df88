-- How letters leave: several SMTP servers a brand, limits, quotations, acknowledgements in one's
-- own words, and for each recipient by which server, since when held, and what was corrected.

CREATE TABLE smtp_sender (
  id         @pk,
  brand_id   @int NOT NULL REFERENCES brand (id),
  name       TEXT NOT NULL,
  host       TEXT NOT NULL,
  port       @int NOT NULL DEFAULT 0,    -- 0 = the usual one of tls
  tls        TEXT NOT NULL DEFAULT 'starttls' CHECK (tls IN ('none', 'starttls', 'tls')),
  auth       TEXT NOT NULL DEFAULT 'none' CHECK (auth IN ('none', 'password', 'xoauth2')),
  username   TEXT NOT NULL DEFAULT '',
  password   @blob,                      -- encrypted
  oauth_credential_id @int REFERENCES oauth_credential (id),
  serves     TEXT NOT NULL DEFAULT '',   -- domains and addresses it may write from, each after a space; '' = all of the brand's
  hour_most  @int NOT NULL DEFAULT 0,    -- letters an hour; 0 = no limit
  position   @int NOT NULL DEFAULT 0,
  active     @int NOT NULL DEFAULT 1,
  created_at @int NOT NULL,
  version    @int NOT NULL DEFAULT 1
);
CREATE INDEX smtp_sender_brand ON smtp_sender (brand_id, position, id);

ALTER TABLE inbox ADD COLUMN sender_id @int REFERENCES smtp_sender (id);
ALTER TABLE inbox ADD COLUMN quote TEXT NOT NULL DEFAULT 'last' CHECK (quote IN ('none', 'last', 'thread'));
ALTER TABLE inbox ADD COLUMN hour_most @int NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN ack_en TEXT NOT NULL DEFAULT '';  -- '' = the usual words
ALTER TABLE inbox ADD COLUMN ack_ru TEXT NOT NULL DEFAULT '';

ALTER TABLE delivery ADD COLUMN sender_id @int REFERENCES smtp_sender (id);
ALTER TABLE delivery ADD COLUMN offered_at @int NOT NULL DEFAULT 0;  -- the last time a server was asked
ALTER TABLE delivery ADD COLUMN held TEXT NOT NULL DEFAULT '';       -- why it waits without a try: limit
ALTER TABLE delivery ADD COLUMN due_at @int NOT NULL DEFAULT 0;      -- when it is tried next; 0 = not known
ALTER TABLE delivery ADD COLUMN instead_of TEXT NOT NULL DEFAULT ''; -- the wrong address that this one replaces
CREATE INDEX delivery_offered ON delivery (offered_at);
CREATE INDEX delivery_held ON delivery (held, id);
