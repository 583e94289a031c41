-- name: hold_post
-- A member's post, held until the transaction ends.
SELECT audience, thread_id, reply_to_id, reply_to_account_id, echo_of_id, media_ids, source
FROM posts WHERE id = %(id)s AND account_id = %(author)s FOR UPDATE

-- name: delete_post
-- A post and all that hangs on it but its echoes and its media; replies stay. Counters as they are after it.
WITH gone AS (
    DELETE FROM posts WHERE account_id = %(author)s AND id = %(id)s
), stats AS (
    DELETE FROM post_stats WHERE post_id = %(id)s
), words AS (
    DELETE FROM post_texts WHERE post_id = %(id)s
), tagged AS (
    DELETE FROM post_tags WHERE post_id = %(id)s
), edits AS (
    DELETE FROM post_edits WHERE account_id = %(author)s AND post_id = %(id)s
), voted AS (
    DELETE FROM votes WHERE post_id = %(id)s
), bookmarked AS (
    DELETE FROM bookmarks WHERE post_id = %(id)s
), told AS (
    DELETE FROM notifications WHERE post_id = %(id)s
), keyed AS (
    DELETE FROM idempotency_keys WHERE account_id = %(author)s AND post_id = %(id)s
), parent AS (
    UPDATE post_stats SET replies = greatest(replies - 1, 0), version = version + 1
    WHERE post_id = %(reply_to)s
    RETURNING replies, echoes, votes, version
), mine AS (
    UPDATE account_stats
    SET posts = greatest(posts - 1, 0), version = version + 1,
        last_post_id = (SELECT max(p.id) FROM posts p WHERE p.account_id = %(author)s AND p.id <> %(id)s)
    WHERE account_id = %(author)s
    RETURNING followers, following, posts, last_post_id, version
)
SELECT mine.*, parent.replies AS parent_replies, parent.echoes AS parent_echoes, parent.votes AS parent_votes,
       parent.version AS parent_version
FROM mine LEFT JOIN parent ON true

-- name: detach_all_media
-- The post's media wait to be attached to another post, as a fresh upload does.
UPDATE media SET post_id = NULL, created_at = now()
WHERE account_id = %(author)s AND id = ANY(%(media)s) AND post_id = %(id)s

-- name: delete_all_media
-- The post's media deleted; the files that they used.
DELETE FROM media WHERE account_id = %(author)s AND id = ANY(%(media)s) AND post_id = %(id)s
RETURNING original, small

-- name: delete_echoes
-- Some of a post's echoes, with their authors' counters (locked in the order of accounts).
WITH gone AS (
    DELETE FROM posts
    WHERE (account_id, id) IN (SELECT account_id, id FROM posts WHERE echo_of_id = %(id)s ORDER BY id LIMIT %(most)s)
    RETURNING account_id, id, audience, thread_id
), held AS (
    SELECT s.account_id FROM account_stats s JOIN gone USING (account_id) ORDER BY s.account_id FOR UPDATE OF s
)
UPDATE account_stats s
SET posts = greatest(s.posts - 1, 0), version = s.version + 1,
    last_post_id = (SELECT max(p.id) FROM posts p WHERE p.account_id = s.account_id AND p.id <> gone.id)
FROM gone JOIN held USING (account_id)
WHERE s.account_id = gone.account_id
RETURNING gone.account_id, gone.id, gone.audience, gone.thread_id,
          s.followers, s.following, s.posts, s.last_post_id, s.version
