-- name: naming
-- Some posts of others that mention an account or answer it, held until the transaction ends.
SELECT id, account_id, audience, thread_id, body FROM posts
WHERE id IN (
    (SELECT id FROM posts
     WHERE mention_ids @> ARRAY[%(account)s::bigint] AND mention_ids <> '{}' AND audience <> 3 LIMIT %(most)s)
    UNION
    (SELECT id FROM posts WHERE mention_ids @> ARRAY[%(account)s::bigint] AND audience = 3 LIMIT %(most)s)
    UNION
    (SELECT id FROM posts
     WHERE reply_to_account_id = %(account)s AND reply_to_account_id <> account_id LIMIT %(most)s))
FOR UPDATE

-- name: unname
-- The same posts without the account: an answer stays one, to nobody.
UPDATE posts p
SET body = w.body, mention_ids = array_remove(p.mention_ids, %(account)s::bigint),
    reply_to_id = CASE WHEN p.reply_to_account_id = %(account)s THEN NULL ELSE p.reply_to_id END,
    reply_to_account_id = CASE WHEN p.reply_to_account_id = %(account)s THEN 0 ELSE p.reply_to_account_id END
FROM unnest(%(ids)s::bigint[], %(bodies)s::bytea[]) AS w (id, body)
WHERE p.id = w.id
