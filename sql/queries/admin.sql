-- Brands, lines, inboxes, custom fields, settings.

-- name: brand_get
-- params: id
-- kept long
-- id, name, slug, base_url, language, active, version
SELECT id, name, slug, base_url, language, active, version FROM brand WHERE id = :id

-- name: brand_list
-- kept
SELECT id, name, slug, base_url, language, active, version FROM brand ORDER BY id

-- name: brand_insert
-- params: name slug base_url language active created_at
INSERT INTO brand (name, slug, base_url, language, active, created_at)
VALUES (:name, :slug, :base_url, :language, :active, :created_at) RETURNING id

-- name: brand_update
-- params: id version name slug base_url language active
UPDATE brand SET name = :name, slug = :slug, base_url = :base_url, language = :language,
  active = :active, version = version + 1
WHERE id = :id AND version = :version

-- name: line_get
-- params: id
-- kept long
-- id, name, level, description, position, active, version
SELECT id, name, level, description, position, active, version FROM line WHERE id = :id

-- name: line_list
-- kept
SELECT id, name, level, description, position, active, version FROM line ORDER BY position, id

-- name: line_insert
-- params: name level description position active created_at
INSERT INTO line (name, level, description, position, active, created_at)
VALUES (:name, :level, :description, :position, :active, :created_at) RETURNING id

-- name: line_update
-- params: id version name level description position active
UPDATE line SET name = :name, level = :level, description = :description, position = :position,
  active = :active, version = version + 1
WHERE id = :id AND version = :version

-- name: line_members
-- params: id
SELECT account_id FROM account_line WHERE line_id = :id ORDER BY account_id

-- name: line_members_all
-- kept
-- line_id, account_id, name of active members
SELECT l.line_id, a.id, a.name FROM account_line l JOIN account a ON a.id = l.account_id
WHERE a.active = 1 ORDER BY l.line_id, a.name, a.id

-- name: line_members_clear
-- params: id
DELETE FROM account_line WHERE line_id = :id

-- name: line_members_add
-- params: id accounts
INSERT INTO account_line (account_id, line_id)
SELECT a.id, :id FROM account a WHERE a.id IN @ids(:accounts)

-- name: inbox_get
-- params: id
-- kept long
-- the columns of struct inbox
SELECT i.id, i.brand_id, i.line_id, i.name, i.address, i.address_norm, i.sender_name, i.signature,
  i.autoack, i.smtp_host, i.smtp_port, i.smtp_tls, i.smtp_user, i.smtp_password, i.active, i.version,
  b.language, b.name, i.sender_id, i.quote, i.hour_most, i.ack_en, i.ack_ru
FROM inbox i JOIN brand b ON b.id = i.brand_id WHERE i.id = :id

-- name: inbox_by_address
-- params: address_norm
-- kept
SELECT i.id, i.brand_id, i.line_id, i.name, i.address, i.address_norm, i.sender_name, i.signature,
  i.autoack, i.smtp_host, i.smtp_port, i.smtp_tls, i.smtp_user, i.smtp_password, i.active, i.version,
  b.language, b.name, i.sender_id, i.quote, i.hour_most, i.ack_en, i.ack_ru
FROM inbox i JOIN brand b ON b.id = i.brand_id WHERE i.address_norm = :address_norm

-- name: inbox_list
-- kept
SELECT i.id, i.brand_id, i.line_id, i.name, i.address, i.address_norm, i.sender_name, i.signature,
  i.autoack, i.smtp_host, i.smtp_port, i.smtp_tls, i.smtp_user, i.smtp_password, i.active, i.version,
  b.language, b.name, i.sender_id, i.quote, i.hour_most, i.ack_en, i.ack_ru
FROM inbox i JOIN brand b ON b.id = i.brand_id ORDER BY i.id

-- name: inbox_insert
-- params: brand_id line_id name address address_norm sender_name signature autoack smtp_host smtp_port smtp_tls smtp_user active created_at sender_id quote hour_most ack_en ack_ru
INSERT INTO inbox (brand_id, line_id, name, address, address_norm, sender_name, signature, autoack,
  smtp_host, smtp_port, smtp_tls, smtp_user, active, created_at, sender_id, quote, hour_most, ack_en,
  ack_ru)
VALUES (:brand_id, :line_id, :name, :address, :address_norm, :sender_name, :signature, :autoack,
  :smtp_host, :smtp_port, :smtp_tls, :smtp_user, :active, :created_at, :sender_id, :quote, :hour_most,
  :ack_en, :ack_ru)
RETURNING id

-- name: inbox_update
-- params: id version brand_id line_id name address address_norm sender_name signature autoack smtp_host smtp_port smtp_tls smtp_user active sender_id quote hour_most ack_en ack_ru
UPDATE inbox SET brand_id = :brand_id, line_id = :line_id, name = :name, address = :address,
  address_norm = :address_norm, sender_name = :sender_name, signature = :signature,
  autoack = :autoack, smtp_host = :smtp_host, smtp_port = :smtp_port, smtp_tls = :smtp_tls,
  smtp_user = :smtp_user, active = :active, sender_id = :sender_id, quote = :quote,
  hour_most = :hour_most, ack_en = :ack_en, ack_ru = :ack_ru, version = version + 1
WHERE id = :id AND version = :version

-- name: inbox_set_password
-- params: id box
UPDATE inbox SET smtp_password = :box WHERE id = :id

-- name: field_get
-- params: id
-- id, object, key, label, type, choices, position, active, version
SELECT id, object, key, label, type, choices, position, active, version
FROM custom_field WHERE id = :id

-- name: field_by_key
-- params: object key
SELECT id, object, key, label, type, choices, position, active, version
FROM custom_field WHERE object = :object AND key = :key

-- name: field_list
SELECT id, object, key, label, type, choices, position, active, version
FROM custom_field ORDER BY object, position, id

-- name: field_insert
-- params: object key label type choices position active created_at
INSERT INTO custom_field (object, key, label, type, choices, position, active, created_at)
VALUES (:object, :key, :label, :type, :choices, :position, :active, :created_at) RETURNING id

-- name: field_update
-- params: id version label choices position active
UPDATE custom_field SET label = :label, choices = :choices, position = :position,
  active = :active, version = version + 1
WHERE id = :id AND version = :version

-- name: field_values_of_ticket
-- params: ticket_id
-- field_id, key, value
SELECT f.id, f.key, v.value FROM ticket_field v JOIN custom_field f ON f.id = v.field_id
WHERE v.ticket_id = :ticket_id AND f.active = 1 ORDER BY f.position, f.id

-- name: field_value_set
-- params: ticket_id field_id value
INSERT INTO ticket_field (ticket_id, field_id, value) VALUES (:ticket_id, :field_id, :value)
ON CONFLICT (ticket_id, field_id) DO UPDATE SET value = excluded.value

-- name: field_value_remove
-- params: ticket_id field_id
DELETE FROM ticket_field WHERE ticket_id = :ticket_id AND field_id = :field_id

-- name: setting_list
SELECT key, value, updated_at, updated_by FROM setting ORDER BY key

-- name: setting_set
-- params: key value now account_id
INSERT INTO setting (key, value, updated_at, updated_by) VALUES (:key, :value, :now, :account_id)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at,
  updated_by = excluded.updated_by

-- name: setting_remove
-- params: key
DELETE FROM setting WHERE key = :key
