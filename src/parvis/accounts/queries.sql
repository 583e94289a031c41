-- name: accounts_by_ids
-- What a process keeps of accounts: bytes, state, counters.
SELECT a.id AS account_id, a.username, a.domain, a.locked, a.bot, a.state AS account_state, a.body AS account_body,
       s.followers, s.following, s.posts AS account_posts, s.last_post_id, s.version AS account_stats_version
FROM accounts a JOIN account_stats s ON s.account_id = a.id
WHERE a.id = ANY(%(ids)s)

-- name: account_row
-- Everything of one account, to change it or to render it anew.
SELECT * FROM accounts WHERE id = %(id)s

-- name: account_for_update
-- The same, held until the transaction ends.
SELECT * FROM accounts WHERE id = %(id)s FOR UPDATE

-- name: local_id
-- A local account's id by its user name, in any case.
SELECT id FROM accounts WHERE lower(username) = lower(%(username)s) AND coalesce(domain, '') = ''

-- name: insert_account
-- A new local account, and its counters.
WITH made AS (
    INSERT INTO accounts (id, username, display_name, locked, bot, discoverable, state, created_at)
    VALUES (%(id)s, %(username)s, %(display_name)s, false, false, true, %(state)s, %(created_at)s)
    RETURNING *
), counted AS (
    INSERT INTO account_stats (account_id) SELECT id FROM made
)
SELECT * FROM made

-- name: store_body
-- The rendered bytes of an account.
UPDATE accounts SET body = %(body)s, body_version = body_version + 1, updated_at = now() WHERE id = %(id)s
