-- name: insert_token
-- A token, by its hash.
INSERT INTO tokens (id, token_hash, app_id, account_id, scopes)
VALUES (%(id)s, %(hash)s, %(app)s, %(account)s, %(scopes)s)

-- name: insert_session
-- A browser session, by its hash.
INSERT INTO sessions (id, account_id, key_hash, address, agent, expires_at)
VALUES (%(id)s, %(account)s, %(hash)s, %(address)s::inet, %(agent)s, now() + make_interval(days => %(days)s))

-- name: delete_token
-- End one token.
DELETE FROM tokens WHERE id = %(id)s RETURNING account_id

-- name: delete_session
-- End one session of a member.
DELETE FROM sessions WHERE id = %(id)s AND account_id = %(account)s

-- name: delete_all
-- End all that speaks in a member's name.
WITH gone_tokens AS (DELETE FROM tokens WHERE account_id = %(account)s),
     gone_codes AS (DELETE FROM codes WHERE account_id = %(account)s),
     gone_secrets AS (DELETE FROM one_time WHERE account_id = %(account)s)
DELETE FROM sessions WHERE account_id = %(account)s AND id IS DISTINCT FROM %(keep)s::bigint

-- name: delete_app_tokens
-- A member turns an app out, codes it has not yet brought back included.
WITH gone_codes AS (DELETE FROM codes WHERE account_id = %(account)s AND app_id = %(app)s)
DELETE FROM tokens WHERE account_id = %(account)s AND app_id = %(app)s RETURNING id

-- name: sessions
-- A member's sessions.
SELECT id, host(address) AS address, agent, created_at, used_at FROM sessions
WHERE account_id = %(account)s AND expires_at > now() ORDER BY used_at DESC

-- name: authorised_apps
-- Apps that act in a member's name.
SELECT a.id, a.name, a.website, min(t.created_at) AS created_at, max(t.used_at) AS used_at,
       array(SELECT DISTINCT unnest(t2.scopes) FROM tokens t2
             WHERE t2.app_id = a.id AND t2.account_id = %(account)s ORDER BY 1) AS scopes
FROM tokens t JOIN apps a ON a.id = t.app_id
WHERE t.account_id = %(account)s
GROUP BY a.id ORDER BY min(t.created_at) DESC

-- name: purge_sessions
-- Sessions and codes out of time, apps that nobody ever used.
WITH gone_codes AS (DELETE FROM codes WHERE expires_at < now() - interval '1 day'),
     gone_apps AS (DELETE FROM apps a WHERE a.created_at < now() - interval '30 days'
                   AND NOT EXISTS (SELECT FROM tokens t WHERE t.app_id = a.id))
DELETE FROM sessions WHERE expires_at < now()
