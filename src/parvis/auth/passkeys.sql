-- name: list
-- A member's passkeys.
SELECT id, name, created_at, used_at FROM passkeys WHERE account_id = %(account)s ORDER BY id

-- name: credentials
-- What a member's devices know them by.
SELECT credential_id FROM passkeys WHERE account_id = %(account)s

-- name: add
-- A new passkey; one that somebody has registered already stays theirs.
INSERT INTO passkeys (account_id, id, credential_id, public_key, sign_count, name)
VALUES (%(account)s, %(id)s, %(credential)s, %(key)s, %(count)s, %(name)s)
ON CONFLICT (credential_id) DO NOTHING

-- name: remove
-- Remove a passkey.
DELETE FROM passkeys WHERE account_id = %(account)s AND id = %(id)s

-- name: by_credential
-- Whose passkey it is.
SELECT account_id, credential_id, public_key, sign_count FROM passkeys WHERE credential_id = %(credential)s

-- name: used
-- A passkey was used.
UPDATE passkeys SET used_at = now(), sign_count = %(count)s WHERE credential_id = %(credential)s
