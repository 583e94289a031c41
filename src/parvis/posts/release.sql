-- name: held_post
-- A post that is held, locked until the end of the transaction.
SELECT p.id, p.account_id, p.audience, p.thread_id, p.reply_to_id, p.reply_to_account_id, p.mention_ids, p.body,
    EXISTS (SELECT FROM follows WHERE target_id = p.account_id AND notify) AS listened_to
FROM posts p WHERE p.id = %(id)s AND p.state = 1 AND p.echo_of_id IS NULL
FOR UPDATE OF p

-- name: show_post
-- The post as everybody may see it, in its place by its original time.
UPDATE posts SET state = 0, body = %(body)s WHERE account_id = %(author)s AND id = %(id)s

-- name: hide_post
-- A published post that is held from now on: what told others of it goes. No row where it is not there or held already.
WITH post AS (
    SELECT account_id, id, audience, thread_id, body FROM posts
    WHERE id = %(id)s AND state = 0 AND echo_of_id IS NULL
    FOR UPDATE
), untold AS (
    DELETE FROM notifications n USING post WHERE n.post_id = post.id AND n.account_id <> post.account_id
)
SELECT account_id, id, audience, thread_id, body FROM post

-- name: keep_body
-- The bytes of a post, and whether it is held.
UPDATE posts SET body = %(body)s, state = %(state)s WHERE account_id = %(author)s AND id = %(id)s

-- name: tell_mentioned
-- What the mentioned would have been told at once; not where they blocked or muted the author or the thread.
INSERT INTO notifications (account_id, id, kind, from_account_id, post_id)
SELECT t.person, t.note, 'mention', %(author)s, %(id)s
FROM unnest(%(people)s::bigint[], %(notes)s::bigint[]) AS t (person, note)
WHERE t.person <> %(author)s
  AND NOT EXISTS (SELECT FROM blocks b WHERE (b.account_id = t.person AND b.target_id = %(author)s)
                                          OR (b.account_id = %(author)s AND b.target_id = t.person))
  AND NOT EXISTS (SELECT FROM mutes u WHERE u.account_id = t.person AND u.target_id = %(author)s AND u.notifications
                                        AND (u.expires_at IS NULL OR u.expires_at > now()))
  AND NOT EXISTS (SELECT FROM thread_mutes tm WHERE tm.account_id = t.person AND tm.thread_id = %(thread)s)
  AND NOT EXISTS (SELECT FROM notifications n WHERE n.account_id = t.person AND n.post_id = %(id)s AND n.kind = 'mention')
RETURNING account_id, id
