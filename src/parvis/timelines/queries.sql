-- name: home_older
-- Ids of some authors' posts below max_id, newest first: the newest of each by the index alone, merged.
SELECT p.id
FROM unnest(%(authors)s::bigint[]) AS author,
     LATERAL (SELECT id FROM posts WHERE account_id = author AND id < %(max_id)s AND id > %(floor)s
              ORDER BY id DESC LIMIT %(limit)s) AS p
ORDER BY p.id DESC LIMIT %(limit)s

-- name: home_newer
-- The same above the floor, oldest first.
SELECT p.id
FROM unnest(%(authors)s::bigint[]) AS author,
     LATERAL (SELECT id FROM posts WHERE account_id = author AND id < %(max_id)s AND id > %(floor)s
              ORDER BY id LIMIT %(limit)s) AS p
ORDER BY p.id LIMIT %(limit)s

-- name: public_older
-- The public timeline below max_id: neither echoes nor replies to others.
SELECT id FROM posts
WHERE audience = 0 AND state = 0 AND echo_of_id IS NULL
  AND (reply_to_account_id IS NULL OR reply_to_account_id = account_id)
  AND id < %(max_id)s AND id > %(floor)s
ORDER BY id DESC LIMIT %(limit)s

-- name: public_newer
-- The same above the floor, oldest first.
SELECT id FROM posts
WHERE audience = 0 AND state = 0 AND echo_of_id IS NULL
  AND (reply_to_account_id IS NULL OR reply_to_account_id = account_id)
  AND id < %(max_id)s AND id > %(floor)s
ORDER BY id LIMIT %(limit)s
