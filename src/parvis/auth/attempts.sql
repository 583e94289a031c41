-- name: spend
-- One more attempt in this hour.
INSERT INTO attempts (key, slot, count) VALUES (%(key)s, date_trunc('hour', now()), 1)
ON CONFLICT (key, slot) DO UPDATE SET count = attempts.count + 1
RETURNING count

-- name: give_back
-- One attempt less in this hour.
UPDATE attempts SET count = count - 1 WHERE key = %(key)s AND slot = date_trunc('hour', now())

-- name: forget
-- The attempts of a key no longer count.
DELETE FROM attempts WHERE key = %(key)s

-- name: purge_attempts
-- Hours that are over.
DELETE FROM attempts WHERE slot < now() - interval '2 hours'
