-- The event log: events/event.h.

-- name: event_head
-- 0 when there is none
SELECT coalesce(max(id), 0) FROM event

-- name: event_last
-- id, digest
SELECT id, digest FROM event ORDER BY id DESC LIMIT 1

-- name: event_insert
-- params: id schema at type audience actor ticket_id line_id brand_id data digest
INSERT INTO event (id, schema, at, type, audience, actor, ticket_id, line_id, brand_id, data, digest)
VALUES (:id, :schema, :at, :type, :audience, :actor, :ticket_id, :line_id, :brand_id, :data, :digest)

-- name: event_after
-- params: after limit
-- the columns of struct event
SELECT id, schema, at, type, audience, actor, ticket_id, line_id, brand_id, data
FROM event WHERE id > :after ORDER BY id LIMIT :limit

-- name: event_after_visible
-- params: after limit scope all_scope:int leads:int system:int
-- What concerns no line is for those who see everything; system events for whoever steers the installation.
SELECT ev.id, ev.schema, ev.at, ev.type, ev.audience, ev.actor, ev.ticket_id, ev.line_id, ev.brand_id, ev.data
FROM event ev WHERE ev.id > :after
  AND (ev.audience IN ('customer', 'agents') OR (ev.audience = 'leads' AND :leads = 1)
    OR (ev.audience = 'system' AND :system = 1))
  AND ((ev.line_id IS NULL AND :all_scope = 1) OR (ev.line_id IS NOT NULL AND @visible(ev, :scope)))
ORDER BY ev.id LIMIT :limit

-- name: event_ticket_visible
-- params: ticket_id after limit scope all_scope:int leads:int system:int
SELECT ev.id, ev.schema, ev.at, ev.type, ev.audience, ev.actor, ev.ticket_id, ev.line_id, ev.brand_id, ev.data
FROM event ev WHERE ev.ticket_id = :ticket_id AND ev.id > :after
  AND (ev.audience IN ('customer', 'agents') OR (ev.audience = 'leads' AND :leads = 1)
    OR (ev.audience = 'system' AND :system = 1))
  AND ((ev.line_id IS NULL AND :all_scope = 1) OR (ev.line_id IS NOT NULL AND @visible(ev, :scope)))
ORDER BY ev.id LIMIT :limit

-- name: event_chain
-- params: after limit
-- as event_after, with digest
SELECT id, schema, at, type, audience, actor, ticket_id, line_id, brand_id, data, digest
FROM event WHERE id > :after ORDER BY id LIMIT :limit

-- name: event_cursor_get
-- params: name
SELECT event_id FROM event_cursor WHERE name = :name

-- name: event_cursor_set
-- params: name id now
INSERT INTO event_cursor (name, event_id, updated_at) VALUES (:name, :id, :now)
ON CONFLICT (name) DO UPDATE SET event_id = excluded.event_id, updated_at = excluded.updated_at
