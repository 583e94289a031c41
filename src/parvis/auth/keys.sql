-- name: find_token
-- A token by its hash, with what its member may do.
SELECT t.id, t.app_id, t.account_id, t.scopes, m.role, m.locale,
       t.account_id IS NULL OR m.confirmed_at IS NOT NULL AS confirmed,
       t.account_id IS NULL OR m.approved_at IS NOT NULL AS approved,
       m.disabled_at IS NOT NULL AS disabled,
       coalesce(a.state, 0) IN (2, 3) AS suspended
FROM tokens t
LEFT JOIN members m ON m.account_id = t.account_id
LEFT JOIN accounts a ON a.id = t.account_id
WHERE t.token_hash = %(hash)s

-- name: find_session
-- A browser session that has not run out, by its hash.
SELECT s.id, NULL::bigint AS app_id, s.account_id, '{}'::text[] AS scopes, m.role, m.locale,
       m.confirmed_at IS NOT NULL AS confirmed,
       m.approved_at IS NOT NULL AS approved,
       m.disabled_at IS NOT NULL AS disabled,
       a.state IN (2, 3) AS suspended
FROM sessions s
JOIN members m ON m.account_id = s.account_id
JOIN accounts a ON a.id = s.account_id
WHERE s.key_hash = %(hash)s AND s.expires_at > now()

-- name: living
-- Which of these tokens and sessions still speak for someone who may act.
SELECT t.id
FROM tokens t
LEFT JOIN members m ON m.account_id = t.account_id
LEFT JOIN accounts a ON a.id = t.account_id
WHERE t.id = ANY(%(ids)s) AND m.disabled_at IS NULL AND coalesce(a.state, 0) NOT IN (2, 3)
UNION ALL
SELECT s.id
FROM sessions s
JOIN members m ON m.account_id = s.account_id
JOIN accounts a ON a.id = s.account_id
WHERE s.id = ANY(%(ids)s) AND s.expires_at > now() AND m.disabled_at IS NULL AND a.state NOT IN (2, 3)

-- name: seen
-- A token or session was used today, and so its member was here: what counts as active.
WITH token AS (UPDATE tokens SET used_at = now() WHERE id = %(id)s),
     session AS (UPDATE sessions SET used_at = now(), expires_at = now() + (expires_at - used_at) WHERE id = %(id)s)
UPDATE members SET last_seen_on = current_date WHERE account_id = %(account)s AND last_seen_on IS DISTINCT FROM current_date
