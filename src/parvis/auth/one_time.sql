-- name: issue
-- A new one-time secret.
INSERT INTO one_time (key_hash, purpose, account_id, data, expires_at)
VALUES (%(hash)s, %(purpose)s, %(account)s, %(data)s::jsonb, now() + make_interval(mins => %(minutes)s))

-- name: take
-- Use a secret up.
DELETE FROM one_time WHERE key_hash = %(hash)s AND purpose = %(purpose)s AND expires_at > now()
RETURNING account_id, data

-- name: peek
-- Look at a secret.
SELECT account_id, data FROM one_time WHERE key_hash = %(hash)s AND purpose = %(purpose)s AND expires_at > now()

-- name: purge_one_time
-- Those out of time.
DELETE FROM one_time WHERE expires_at < now()
