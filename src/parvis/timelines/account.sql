-- name: account_older
-- An account's posts below max_id, newest first. Direct posts are never on an account's page.
SELECT id FROM posts
WHERE account_id = %(account)s AND id < %(max_id)s AND id > %(floor)s AND audience < 3
  AND (%(echoes)s OR echo_of_id IS NULL)
  AND (%(replies)s OR reply_to_account_id IS NULL OR reply_to_account_id = account_id)
  AND (NOT %(only_media)s OR (media_ids <> '{}' AND echo_of_id IS NULL))
  AND (%(tag)s::text IS NULL OR tags @> ARRAY[%(tag)s::text])
ORDER BY id DESC LIMIT %(limit)s

-- name: account_newer
-- The same above the floor, oldest first.
SELECT id FROM posts
WHERE account_id = %(account)s AND id < %(max_id)s AND id > %(floor)s AND audience < 3
  AND (%(echoes)s OR echo_of_id IS NULL)
  AND (%(replies)s OR reply_to_account_id IS NULL OR reply_to_account_id = account_id)
  AND (NOT %(only_media)s OR (media_ids <> '{}' AND echo_of_id IS NULL))
  AND (%(tag)s::text IS NULL OR tags @> ARRAY[%(tag)s::text])
ORDER BY id LIMIT %(limit)s

-- name: pinned
-- What an account pinned, last first.
SELECT id FROM posts WHERE account_id = %(account)s AND pinned_at IS NOT NULL ORDER BY pinned_at DESC
