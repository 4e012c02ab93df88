-- Roles, accounts, their lines and brands, invitations.

-- name: role_get
-- params: id
-- id, name, builtin, rights, version
SELECT id, name, builtin, rights, version FROM role WHERE id = :id

-- name: role_by_name
-- params: name
SELECT id, name, builtin, rights, version FROM role WHERE name = :name

-- name: role_list
SELECT id, name, builtin, rights, version FROM role ORDER BY builtin DESC, id

-- name: role_insert
-- params: name builtin rights created_at
INSERT INTO role (name, builtin, rights, created_at)
VALUES (:name, :builtin, :rights, :created_at) RETURNING id

-- name: role_update
-- params: id version name rights
UPDATE role SET name = :name, rights = :rights, version = version + 1
WHERE id = :id AND version = :version

-- name: account_get
-- params: id
-- the columns of struct account
SELECT a.id, a.email, a.email_norm, a.name, a.role_id, r.name, r.rights, a.password_hash,
  a.password_changed_at, a.totp_secret, a.totp_step, a.all_lines, a.all_brands, a.language,
  a.theme, a.signature, a.active, a.created_at, a.version
FROM account a JOIN role r ON r.id = a.role_id WHERE a.id = :id

-- name: account_actor
-- params: id
-- kept
-- what every request asks of the account behind it
SELECT a.id, a.name, r.rights, a.all_lines, a.all_brands, a.language, a.active
FROM account a JOIN role r ON r.id = a.role_id WHERE a.id = :id

-- name: account_name
-- params: id
-- kept long
SELECT name FROM account WHERE id = :id

-- name: account_by_email
-- params: email_norm
SELECT a.id, a.email, a.email_norm, a.name, a.role_id, r.name, r.rights, a.password_hash,
  a.password_changed_at, a.totp_secret, a.totp_step, a.all_lines, a.all_brands, a.language,
  a.theme, a.signature, a.active, a.created_at, a.version
FROM account a JOIN role r ON r.id = a.role_id WHERE a.email_norm = :email_norm

-- name: account_list
SELECT a.id, a.email, a.email_norm, a.name, a.role_id, r.name, r.rights, a.password_hash,
  a.password_changed_at, a.totp_secret, a.totp_step, a.all_lines, a.all_brands, a.language,
  a.theme, a.signature, a.active, a.created_at, a.version
FROM account a JOIN role r ON r.id = a.role_id ORDER BY a.active DESC, a.name, a.id

-- name: account_insert
-- params: email email_norm name role_id password_hash password_changed_at all_lines all_brands language theme signature active created_at
INSERT INTO account (email, email_norm, name, role_id, password_hash, password_changed_at,
  all_lines, all_brands, language, theme, signature, active, created_at)
VALUES (:email, :email_norm, :name, :role_id, :password_hash, :password_changed_at,
  :all_lines, :all_brands, :language, :theme, :signature, :active, :created_at)
RETURNING id

-- name: account_update
-- params: id version email email_norm name role_id all_lines all_brands language theme signature active
UPDATE account SET email = :email, email_norm = :email_norm, name = :name, role_id = :role_id,
  all_lines = :all_lines, all_brands = :all_brands, language = :language, theme = :theme,
  signature = :signature, active = :active, version = version + 1
WHERE id = :id AND version = :version

-- name: account_set_password
-- params: id hash changed_at
-- changed_at NULL: a mere rehash
UPDATE account SET password_hash = :hash,
  password_changed_at = coalesce(:changed_at, password_changed_at), version = version + 1
WHERE id = :id

-- name: account_set_totp
-- params: id secret step
UPDATE account SET totp_secret = :secret, totp_step = :step, version = version + 1 WHERE id = :id

-- name: account_use_totp_step
-- params: id step
UPDATE account SET totp_step = :step WHERE id = :id AND totp_step < :step

-- name: account_lines
-- params: id
-- kept
SELECT line_id FROM account_line WHERE account_id = :id ORDER BY line_id

-- name: account_lines_all
-- account_id, line_id
SELECT account_id, line_id FROM account_line ORDER BY account_id, line_id

-- name: account_lines_clear
-- params: id
DELETE FROM account_line WHERE account_id = :id

-- name: account_lines_add
-- params: id lines
INSERT INTO account_line (account_id, line_id)
SELECT :id, l.id FROM line l WHERE l.id IN @ids(:lines)

-- name: account_brands
-- params: id
-- kept
SELECT brand_id FROM account_brand WHERE account_id = :id ORDER BY brand_id

-- name: account_brands_all
-- account_id, brand_id
SELECT account_id, brand_id FROM account_brand ORDER BY account_id, brand_id

-- name: account_brands_clear
-- params: id
DELETE FROM account_brand WHERE account_id = :id

-- name: account_brands_add
-- params: id brands
INSERT INTO account_brand (account_id, brand_id)
SELECT :id, b.id FROM brand b WHERE b.id IN @ids(:brands)

-- name: account_ids_of_role
-- params: role_id
SELECT id FROM account WHERE role_id = :role_id ORDER BY id

-- name: account_refs
-- params: any_line:int lines any_brand:int brands
-- Active accounts that see one of these lines and one of these brands, by name.
SELECT a.id, a.name FROM account a WHERE a.active = 1
  AND (:any_line = 1 OR a.all_lines = 1 OR EXISTS (SELECT 1 FROM account_line l
    WHERE l.account_id = a.id AND l.line_id IN @ids(:lines)))
  AND (:any_brand = 1 OR a.all_brands = 1 OR EXISTS (SELECT 1 FROM account_brand b
    WHERE b.account_id = a.id AND b.brand_id IN @ids(:brands)))
ORDER BY a.name, a.id

-- name: account_admin_roles
-- params: id
-- The roles of the other active accounts, unrestricted ones only.
SELECT r.rights, count(*) FROM account a JOIN role r ON r.id = a.role_id
WHERE a.active = 1 AND a.all_lines = 1 AND a.all_brands = 1 AND a.id <> :id
GROUP BY r.id, r.rights

-- name: invitation_void
-- params: account_id now
UPDATE invitation SET used_at = :now WHERE account_id = :account_id AND used_at IS NULL

-- name: invitation_insert
-- params: token_hash account_id expires_at
INSERT INTO invitation (token_hash, account_id, expires_at)
VALUES (:token_hash, :account_id, :expires_at)

-- name: invitation_by_hash
-- params: token_hash
SELECT id, account_id, expires_at, used_at FROM invitation WHERE token_hash = :token_hash

-- name: invitation_use
-- params: id now
UPDATE invitation SET used_at = :now WHERE id = :id AND used_at IS NULL AND expires_at > :now
