-- name: insert_code
-- A code that a member gave to an app.
INSERT INTO codes (code_hash, app_id, account_id, redirect_uri, scopes, challenge, expires_at)
VALUES (%(hash)s, %(app)s, %(account)s, %(redirect_uri)s, %(scopes)s, %(challenge)s,
        now() + make_interval(mins => %(minutes)s))

-- name: code_for_update
-- A code, held: two uses at once cannot both succeed.
SELECT *, expires_at < now() AS expired FROM codes WHERE code_hash = %(hash)s FOR UPDATE

-- name: use_code
-- The code is used, and gave this token.
UPDATE codes SET used_at = now(), token_id = %(token)s WHERE code_hash = %(hash)s

-- name: token_by_hash
-- Whose token it is.
SELECT id, app_id FROM tokens WHERE token_hash = %(hash)s
