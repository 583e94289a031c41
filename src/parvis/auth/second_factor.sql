-- name: state
-- What a member has set up.
SELECT totp_enabled_at IS NOT NULL AS totp,
       EXISTS (SELECT FROM passkeys p WHERE p.account_id = m.account_id) AS passkeys,
       (SELECT count(*)::int FROM recovery_codes r WHERE r.account_id = m.account_id AND r.used_at IS NULL) AS recovery_left
FROM members m WHERE account_id = %(id)s

-- name: totp
-- The sealed secret, and whether it is in force.
SELECT totp_secret, totp_enabled_at IS NOT NULL AS enabled FROM members WHERE account_id = %(id)s

-- name: begin_totp
-- A new secret, not in force; one that is in force stays.
UPDATE members SET totp_secret = %(secret)s, totp_last_step = 0 WHERE account_id = %(id)s AND totp_enabled_at IS NULL

-- name: enable_totp
-- The secret is in force; its first code is used.
UPDATE members SET totp_enabled_at = now(), totp_last_step = %(step)s WHERE account_id = %(id)s

-- name: disable_totp
-- Codes are no longer asked for.
UPDATE members SET totp_secret = NULL, totp_enabled_at = NULL, totp_last_step = 0 WHERE account_id = %(id)s

-- name: use_step
-- A code works once: its step must be later than the last one used.
UPDATE members SET totp_last_step = %(step)s WHERE account_id = %(id)s AND totp_last_step < %(step)s

-- name: replace_recovery
-- Fresh recovery codes in place of all old ones.
WITH old AS (DELETE FROM recovery_codes WHERE account_id = %(id)s AND NOT code_hash = ANY(%(hashes)s::bytea[]))
INSERT INTO recovery_codes (account_id, code_hash) SELECT %(id)s, unnest(%(hashes)s::bytea[])

-- name: use_recovery
-- A recovery code works once.
UPDATE recovery_codes SET used_at = now() WHERE account_id = %(id)s AND code_hash = %(hash)s AND used_at IS NULL

-- name: remove_passkeys
-- Every passkey of a member.
DELETE FROM passkeys WHERE account_id = %(id)s
