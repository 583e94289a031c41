-- name: leave
-- The account is leaving.
UPDATE accounts SET state = %(state)s, updated_at = now() WHERE id = %(account)s

-- name: leaving
-- An account that is leaving.
SELECT username, avatar, avatar_static, header, header_static FROM accounts
WHERE id = %(account)s AND state = %(state)s

-- name: forgotten
-- Accounts that are leaving and have no job that goes on with it.
SELECT id FROM accounts
WHERE state = %(state)s AND NOT EXISTS (
    SELECT FROM procrastinate_jobs AS job
    WHERE job.task_name = %(job)s AND job.status IN ('todo', 'doing') AND (job.args ->> 'account_id')::bigint = accounts.id
)

-- name: some_posts
-- Some of its posts and echoes.
SELECT id, echo_of_id FROM posts WHERE account_id = %(account)s ORDER BY id DESC LIMIT %(most)s

-- name: some_votes
-- Some of its votes.
SELECT post_id FROM votes WHERE account_id = %(account)s LIMIT %(most)s

-- name: some_follows
-- Some of those whom it follows and who follow it.
(SELECT account_id, target_id FROM follows WHERE account_id = %(account)s LIMIT %(most)s)
UNION ALL
(SELECT account_id, target_id FROM follows WHERE target_id = %(account)s LIMIT %(most)s)

-- name: delete_notifications
-- Some of what was told to it; so that the last step is short, however popular it was.
DELETE FROM notifications WHERE (account_id, id) IN (
    SELECT account_id, id FROM notifications WHERE account_id = %(account)s LIMIT %(most)s)

-- name: delete_told
-- Some of what others were told of it.
DELETE FROM notifications WHERE (account_id, id) IN (
    SELECT account_id, id FROM notifications WHERE from_account_id = %(account)s LIMIT %(most)s)

-- name: delete_bookmarks
-- Some of its bookmarks.
DELETE FROM bookmarks WHERE (account_id, post_id) IN (
    SELECT account_id, post_id FROM bookmarks WHERE account_id = %(account)s LIMIT %(most)s)

-- name: hold_account
-- Wait for what is being written of the account, and let nothing new begin.
SELECT FROM accounts WHERE id = %(account)s FOR UPDATE

-- name: anything_left
-- Whether something is there again that must be deleted with care.
SELECT EXISTS (SELECT FROM posts WHERE account_id = %(account)s)
    OR EXISTS (SELECT FROM votes WHERE account_id = %(account)s)
    OR EXISTS (SELECT FROM follows WHERE account_id = %(account)s)
    OR EXISTS (SELECT FROM follows WHERE target_id = %(account)s) AS yes

-- name: delete_media
-- Its uploads that no post carries.
DELETE FROM media WHERE account_id = %(account)s RETURNING original, small

-- name: keep_name
-- Nobody takes its name.
INSERT INTO departed (name_hash) VALUES (sha256(convert_to(lower(%(username)s), 'UTF8'))) ON CONFLICT DO NOTHING

-- name: delete_account
-- The account; what hangs on it goes with it (members, tokens, sessions, relations, notifications, marks).
DELETE FROM accounts WHERE id = %(account)s
