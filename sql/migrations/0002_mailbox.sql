-- Letters fetched by IMAP, and credentials of OAuth2 for mailboxes and mail servers.

CREATE TABLE oauth_credential (
  id            @pk,
  name          TEXT NOT NULL UNIQUE,
  token_url     TEXT NOT NULL,
  client_id     TEXT NOT NULL,
  client_secret TEXT NOT NULL DEFAULT '',  -- closed (sys/secret.h), as the tokens are
  scope         TEXT NOT NULL DEFAULT '',
  refresh_token TEXT NOT NULL DEFAULT '',
  access_token  TEXT NOT NULL DEFAULT '',
  expires_at    @int,                      -- of the access token
  state         TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'ok', 'failing', 'consent')),
  error         TEXT NOT NULL DEFAULT '',  -- what the server said, in short
  error_at      @int,
  ok_at         @int,                      -- a token was given last
  lease_until   @int NOT NULL DEFAULT 0,   -- somebody is asking for a token
  created_at    @int NOT NULL,
  version       @int NOT NULL DEFAULT 1    -- of what people enter
);

CREATE TABLE mailbox (           -- a folder on a mail server whose letters go to an inbox
  id          @pk,
  inbox_id    @int NOT NULL REFERENCES inbox (id),
  host        TEXT NOT NULL,
  port        @int NOT NULL DEFAULT 0,         -- 0: by tls
  tls         TEXT NOT NULL DEFAULT 'tls' CHECK (tls IN ('tls', 'starttls', 'none')),
  username    TEXT NOT NULL,
  auth        TEXT NOT NULL DEFAULT 'password' CHECK (auth IN ('password', 'xoauth2')),
  secret      TEXT NOT NULL DEFAULT '',        -- the password, closed
  oauth_id    @int REFERENCES oauth_credential (id),
  folder      TEXT NOT NULL DEFAULT 'INBOX',
  after       TEXT NOT NULL DEFAULT 'keep' CHECK (after IN ('keep', 'delete')),
  take_old    @int NOT NULL DEFAULT 1,         -- 0: what lay there at the first visit stays out
  active      @int NOT NULL DEFAULT 1,
  uidvalidity @int NOT NULL DEFAULT 0,         -- 0: never visited
  last_uid    @int NOT NULL DEFAULT 0,         -- everything up to it is in the ledger
  state       TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'ok', 'failing', 'sign_in', 'consent', 'folder')),
  error       TEXT NOT NULL DEFAULT '',        -- key of a sentence
  error_arg   TEXT NOT NULL DEFAULT '',        -- what it quotes: the server's words
  error_at    @int,
  ok_at       @int,                            -- looked into it last without a failure
  lease_owner TEXT NOT NULL DEFAULT '',
  lease_until @int NOT NULL DEFAULT 0,
  created_at  @int NOT NULL,
  version     @int NOT NULL DEFAULT 1          -- of what people enter
);
CREATE INDEX mailbox_inbox ON mailbox (inbox_id);
