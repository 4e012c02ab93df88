-- What a ticket is about: categories, what was decided and why, facts, models, articles.
-- See doc/deciding.md.

CREATE TABLE category (          -- a tree of two levels
  id         @pk,
  brand_id   @int REFERENCES brand (id),     -- NULL = of all brands
  parent_id  @int REFERENCES category (id) DEFERRABLE INITIALLY DEFERRED,  -- NULL = of the first level
  slug       TEXT NOT NULL,
  name_en    TEXT NOT NULL,
  name_ru    TEXT NOT NULL,
  line_id    @int REFERENCES line (id),      -- where its tickets go; NULL = where the parent's do
  priority   @int NOT NULL DEFAULT 0,        -- of its tickets; 0 = as it is
  facts      TEXT NOT NULL DEFAULT '[]',     -- JSON array: kinds of facts that an answer needs
  position   @int NOT NULL DEFAULT 0,
  active     @int NOT NULL DEFAULT 1,        -- 0 = archived: old tickets keep it, no new one gets it
  created_at @int NOT NULL,
  version    @int NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX category_slug_key ON category (coalesce(brand_id, 0), slug);

-- Defaults only: a new ticket costs nothing more.
ALTER TABLE ticket ADD COLUMN category_id @int REFERENCES category (id);
ALTER TABLE ticket ADD COLUMN category_by TEXT NOT NULL DEFAULT '';      -- model or person
ALTER TABLE ticket ADD COLUMN confidence @int NOT NULL DEFAULT 0;        -- of the model, in millionths
ALTER TABLE ticket ADD COLUMN triage @int NOT NULL DEFAULT 0;            -- 1 = the model was not sure enough
ALTER TABLE ticket ADD COLUMN language TEXT NOT NULL DEFAULT '';         -- of the customer's words: "ru"
ALTER TABLE ticket ADD COLUMN sentiment @int NOT NULL DEFAULT 0;         -- -1, 0, 1
ALTER TABLE ticket ADD COLUMN flags @int NOT NULL DEFAULT 0;             -- bits of enum sense_flag
CREATE INDEX ticket_triage ON ticket (last_message_at, id, status, waiting_since, line_id, brand_id, assignee_id)
  WHERE triage = 1;
CREATE INDEX ticket_category ON ticket (category_id, last_message_at, id, status, waiting_since, line_id, brand_id, assignee_id)
  WHERE category_id IS NOT NULL;

CREATE TABLE model (             -- a trained categorizer; its bytes are a blob
  id          @pk,
  brand_id    @int REFERENCES brand (id),    -- NULL = of all brands
  name        TEXT NOT NULL,                 -- its version: 2026-11-22.1
  created_at  @int NOT NULL,
  created_by  @int REFERENCES account (id),
  source      TEXT NOT NULL CHECK (source IN ('command', 'admin', 'auto')),
  data_hash   TEXT NOT NULL,                 -- SHA-256 of the examples
  examples    @int NOT NULL,
  categories  @int NOT NULL,
  corrections @int NOT NULL DEFAULT 0,       -- decisions of people it had learnt from
  measures    TEXT NOT NULL DEFAULT '{}',    -- JSON, on the part held out: numbers and ids only
  hash        TEXT NOT NULL REFERENCES blob (hash) DEFERRABLE INITIALLY DEFERRED,
  size        @int NOT NULL,
  active      @int NOT NULL DEFAULT 0        -- 1 = decides; one for each brand, and one for all
);
CREATE INDEX model_hash ON model (hash);

CREATE TABLE decision (          -- every category that a ticket got, by whom and why; can be undone
  id              @pk,
  ticket_id       @int NOT NULL REFERENCES ticket (id),
  message_id      @int REFERENCES message (id),
  at              @int NOT NULL,
  account_id      @int REFERENCES account (id),  -- NULL = the service
  model_id        @int REFERENCES model (id),
  category_id     @int REFERENCES category (id),
  was_category_id @int REFERENCES category (id),
  was_by          TEXT NOT NULL DEFAULT '',
  confidence      @int NOT NULL DEFAULT 0,       -- millionths
  was_confidence  @int NOT NULL DEFAULT 0,
  triage          @int NOT NULL DEFAULT 0,
  was_triage      @int NOT NULL DEFAULT 0,
  line_id         @int REFERENCES line (id),     -- NULL = stayed
  was_line_id     @int REFERENCES line (id),
  priority        @int NOT NULL DEFAULT 0,       -- 0 = stayed
  was_priority    @int NOT NULL DEFAULT 0,
  candidates      TEXT NOT NULL DEFAULT '[]',    -- JSON [[category_id, confidence], ...]
  words           TEXT NOT NULL DEFAULT '[]',    -- JSON [["word", weight], ...]: the customer's words
  undone_at       @int,
  undone_by       @int REFERENCES account (id)
);
CREATE INDEX decision_ticket ON decision (ticket_id, id);
CREATE INDEX decision_person ON decision (id, ticket_id, category_id) WHERE account_id IS NOT NULL;
CREATE INDEX decision_at ON decision (at);

CREATE TABLE ticket_fact (       -- what was found in a message, or typed in by a person
  id         @pk,
  ticket_id  @int NOT NULL REFERENCES ticket (id),
  message_id @int REFERENCES message (id),   -- goes with its message to other tickets; NULL = typed in
  kind       TEXT NOT NULL,
  value      TEXT NOT NULL,                  -- normalised: 417-2290, 150000 RUB, 2026-11-22, +74951234567
  text       TEXT NOT NULL DEFAULT '',       -- as it was written
  ambiguous  @int NOT NULL DEFAULT 0,        -- 1 = it can be read in another way too
  other      TEXT NOT NULL DEFAULT '',       -- that other reading
  source     TEXT NOT NULL CHECK (source IN ('rule', 'person')),
  created_at @int NOT NULL,
  created_by @int REFERENCES account (id),
  removed_at @int,
  removed_by @int REFERENCES account (id)
);
CREATE INDEX ticket_fact_message ON ticket_fact (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX ticket_fact_ticket ON ticket_fact (ticket_id) WHERE message_id IS NULL;

CREATE TABLE training_example (  -- imported ones; those of tickets are read from the tickets
  id          @pk,
  category_id @int NOT NULL REFERENCES category (id),
  text        TEXT NOT NULL,
  hash        TEXT NOT NULL,                 -- SHA-256 of category and text: the same is kept once
  source      TEXT NOT NULL,                 -- name of the file it came from
  created_at  @int NOT NULL,
  UNIQUE (hash)
);
CREATE INDEX training_example_category ON training_example (category_id);

CREATE TABLE sense_rule (        -- how decisions are made; brand 0 = where a brand has no row of its own
  brand_id       @int PRIMARY KEY,
  threshold      @int NOT NULL,              -- millionths: what is less sure goes to triage
  route          @int NOT NULL DEFAULT 1,    -- 1 = a ticket goes to its category's line
  auto_train     @int NOT NULL DEFAULT 1,    -- 1 = trains anew as corrections come in
  order_patterns TEXT NOT NULL DEFAULT '',   -- of order numbers, a line each: "999-9999" (text/facts.h)
  updated_at     @int NOT NULL,
  updated_by     @int REFERENCES account (id),
  version        @int NOT NULL DEFAULT 1
);

CREATE TABLE article (           -- the handbook
  id         @pk,
  brand_id   @int REFERENCES brand (id),     -- NULL = of all brands
  language   TEXT NOT NULL,
  slug       TEXT NOT NULL,
  title      TEXT NOT NULL,
  body       TEXT NOT NULL,                  -- Markdown
  questions  TEXT NOT NULL DEFAULT '[]',     -- JSON array: other ways in which it is asked for
  state      TEXT NOT NULL CHECK (state IN ('draft', 'published', 'archived')),
  source     TEXT NOT NULL DEFAULT '',       -- where it was imported from
  created_at @int NOT NULL,
  updated_at @int NOT NULL,
  version    @int NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX article_slug_key ON article (coalesce(brand_id, 0), language, slug);
CREATE INDEX article_updated ON article (updated_at, id);

-- What came in before is not decided about afterwards.
INSERT INTO event_cursor (name, event_id, updated_at)
SELECT 'sense', max(id), 0 FROM event HAVING max(id) IS NOT NULL;
