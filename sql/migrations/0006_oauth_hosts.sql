-- An access token is shown only to the mail servers that its credential names.

ALTER TABLE oauth_credential ADD COLUMN hosts TEXT NOT NULL DEFAULT '';  -- in small letters, a space between; '' = none

-- Those that were in use go on with the server that they were entered for.
UPDATE oauth_credential SET hosts = trim(
  coalesce((SELECT lower(m.host) FROM mailbox m WHERE m.oauth_id = oauth_credential.id
    AND m.auth = 'xoauth2' ORDER BY m.id LIMIT 1), '') || ' ' ||
  coalesce((SELECT lower(s.host) FROM smtp_sender s WHERE s.oauth_credential_id = oauth_credential.id
    AND s.auth = 'xoauth2' ORDER BY s.id LIMIT 1), ''));
