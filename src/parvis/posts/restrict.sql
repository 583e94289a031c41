-- name: shown_post
-- A published post, locked until the end of the transaction.
SELECT id, account_id, audience, thread_id, sensitive, body, edited_at FROM posts
WHERE id = %(id)s AND state = 0 AND echo_of_id IS NULL
FOR UPDATE

-- name: show_otherwise
-- The post as it is shown from now on.
UPDATE posts SET audience = %(audience)s, sensitive = %(sensitive)s, body = %(body)s
WHERE account_id = %(author)s AND id = %(id)s
