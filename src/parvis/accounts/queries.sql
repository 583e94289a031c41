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

-- name: update_profile
-- What a member changed; null leaves it (but for pictures, which are given as they shall be).
UPDATE accounts SET
    display_name = coalesce(%(display_name)s, display_name),
    note = coalesce(%(note)s, note),
    fields = coalesce(%(fields)s::jsonb, fields),
    avatar = %(avatar)s, avatar_static = %(avatar_static)s,
    header = %(header)s, header_static = %(header_static)s,
    avatar_description = coalesce(%(avatar_description)s, avatar_description),
    header_description = coalesce(%(header_description)s, header_description),
    locked = coalesce(%(locked)s, locked),
    bot = coalesce(%(bot)s, bot),
    discoverable = coalesce(%(discoverable)s, discoverable),
    indexable = coalesce(%(indexable)s, indexable),
    hide_collections = coalesce(%(hide_collections)s, hide_collections),
    updated_at = now()
WHERE id = %(id)s

-- name: profile_extras
-- Who a biography mentions, and the emoji that it may hold.
SELECT (SELECT jsonb_agg(jsonb_build_object('id', id::text, 'username', username)) FROM accounts
        WHERE lower(username) = ANY(%(names)s) AND coalesce(domain, '') = '' AND state = 0) AS people,
       (SELECT jsonb_agg(to_jsonb(e)) FROM emojis e WHERE shortcode = ANY(%(codes)s)) AS emojis

-- name: suggestions
-- People whom those whom the member follows follow (and show it), then those who wrote lately; who can be suggested and is
-- new to them.
WITH known AS (
    SELECT target_id FROM follows WHERE account_id = %(me)s
    UNION ALL SELECT target_id FROM follow_requests WHERE account_id = %(me)s
    UNION ALL SELECT target_id FROM blocks WHERE account_id = %(me)s
    UNION ALL SELECT account_id FROM blocks WHERE target_id = %(me)s
    UNION ALL SELECT target_id FROM mutes WHERE account_id = %(me)s
    UNION ALL SELECT target_id FROM dismissed_suggestions WHERE account_id = %(me)s
    UNION ALL SELECT %(me)s
), friends AS (
    SELECT f.target_id AS id, count(*) AS shared
    FROM (SELECT target_id FROM follows WHERE account_id = %(me)s ORDER BY id DESC LIMIT 100) AS mine
    JOIN accounts friend ON friend.id = mine.target_id AND NOT friend.hide_collections,
         LATERAL (SELECT target_id FROM follows WHERE account_id = friend.id ORDER BY id DESC LIMIT 40) AS f
    GROUP BY f.target_id
), lately AS (
    SELECT DISTINCT account_id AS id
    FROM (SELECT account_id FROM posts WHERE audience = 0 AND state = 0 AND echo_of_id IS NULL
            AND (reply_to_account_id IS NULL OR reply_to_account_id = account_id)
          ORDER BY id DESC LIMIT 400) AS newest
), fresh AS (
    (SELECT id, shared FROM friends WHERE id NOT IN (SELECT target_id FROM known) ORDER BY shared DESC, id DESC LIMIT 400)
    UNION ALL
    SELECT id, 0 FROM lately
    WHERE id NOT IN (SELECT target_id FROM known) AND id NOT IN (SELECT id FROM friends)
)
SELECT fresh.id, fresh.shared
FROM fresh
JOIN LATERAL (
    SELECT FROM accounts WHERE id = fresh.id AND state = 0 AND discoverable AND NOT silenced OFFSET 0
) AS a ON true
JOIN LATERAL (SELECT followers FROM account_stats WHERE account_id = fresh.id OFFSET 0) AS s ON true
ORDER BY fresh.shared DESC, s.followers DESC, fresh.id DESC LIMIT %(limit)s

-- name: dismiss_suggestion
-- Not suggested again.
INSERT INTO dismissed_suggestions (account_id, target_id)
SELECT %(me)s, id FROM accounts WHERE id = %(target)s ON CONFLICT DO NOTHING

-- name: directory_active
-- Who can be suggested of those who wrote the newest public posts, last writer first: what it costs does not grow with the
-- number of accounts.
SELECT a.id
FROM (
    SELECT account_id, max(id) AS last_id
    FROM (SELECT account_id, id FROM posts WHERE audience = 0 AND state = 0 AND echo_of_id IS NULL
            AND (reply_to_account_id IS NULL OR reply_to_account_id = account_id)
          ORDER BY id DESC LIMIT 2000) AS newest
    GROUP BY account_id
) AS writer
JOIN LATERAL (
    SELECT id FROM accounts WHERE id = writer.account_id AND state = 0 AND discoverable AND NOT silenced OFFSET 0
) AS a ON true
ORDER BY writer.last_id DESC LIMIT %(limit)s OFFSET %(offset)s

-- name: directory_new
-- Who can be suggested, last comer first.
SELECT id FROM accounts WHERE state = 0 AND discoverable AND NOT silenced AND domain IS NULL
ORDER BY id DESC LIMIT %(limit)s OFFSET %(offset)s
