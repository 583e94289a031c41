-- name: thread
-- Who answers whom in one conversation, oldest first.
SELECT id, reply_to_id FROM posts WHERE thread_id = %(thread)s AND echo_of_id IS NULL ORDER BY id LIMIT %(most)s
