-- name: followers_older
-- Who follows an account, below max_id, newest first.
SELECT account_id AS account_id, id FROM follows
WHERE target_id = %(of)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id DESC LIMIT %(limit)s

-- name: followers_newer
-- The same above the floor, oldest first.
SELECT account_id AS account_id, id FROM follows
WHERE target_id = %(of)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id LIMIT %(limit)s

-- name: following_older
-- Whom an account follows, below max_id, newest first.
SELECT target_id AS account_id, id FROM follows
WHERE account_id = %(of)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id DESC LIMIT %(limit)s

-- name: following_newer
-- The same above the floor, oldest first.
SELECT target_id AS account_id, id FROM follows
WHERE account_id = %(of)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id LIMIT %(limit)s

-- name: blocks_older
-- Whom a member blocks, below max_id, newest first.
SELECT target_id AS account_id, id FROM blocks
WHERE account_id = %(of)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id DESC LIMIT %(limit)s

-- name: blocks_newer
-- The same above the floor, oldest first.
SELECT target_id AS account_id, id FROM blocks
WHERE account_id = %(of)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id LIMIT %(limit)s

-- name: mutes_older
-- Whom a member mutes, below max_id, newest first.
SELECT target_id AS account_id, id FROM mutes
WHERE account_id = %(of)s AND id < %(max_id)s AND id > %(floor)s AND (expires_at IS NULL OR expires_at > now())
ORDER BY id DESC LIMIT %(limit)s

-- name: mutes_newer
-- The same above the floor, oldest first.
SELECT target_id AS account_id, id FROM mutes
WHERE account_id = %(of)s AND id < %(max_id)s AND id > %(floor)s AND (expires_at IS NULL OR expires_at > now())
ORDER BY id LIMIT %(limit)s

-- name: mute_ends
-- When the mutes of some accounts end.
SELECT target_id, expires_at FROM mutes WHERE account_id = %(of)s AND target_id = ANY(%(ids)s)

-- name: requests_older
-- Who asks to follow a member, below max_id, newest first.
SELECT account_id AS account_id, id FROM follow_requests
WHERE target_id = %(of)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id DESC LIMIT %(limit)s

-- name: requests_newer
-- The same above the floor, oldest first.
SELECT account_id AS account_id, id FROM follow_requests
WHERE target_id = %(of)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id LIMIT %(limit)s

-- name: count_requests
-- How many ask to follow.
SELECT count(*)::int AS n FROM (SELECT FROM follow_requests WHERE target_id = %(of)s LIMIT 100) AS few

-- name: familiar
-- Of those whom the member follows, who follows each of some accounts; not where either hides whom it follows or who
-- follows it, or the account blocks the member.
SELECT w.id AS target_id, known.account_id
FROM accounts w,
     LATERAL (SELECT f.account_id
              FROM follows mine
              JOIN follows f ON f.account_id = mine.target_id AND f.target_id = w.id
              JOIN accounts friend ON friend.id = f.account_id AND NOT friend.hide_collections
              WHERE mine.account_id = %(me)s LIMIT 10) AS known
WHERE w.id = ANY(%(ids)s) AND NOT w.hide_collections
  AND NOT EXISTS (SELECT FROM blocks WHERE account_id = w.id AND target_id = %(me)s)
