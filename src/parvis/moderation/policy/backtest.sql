-- name: posts_to_try
-- How many posts there are to try a policy on, counted no further than the limit.
SELECT count(*) AS posts
FROM (SELECT FROM posts WHERE id >= %(since)s AND echo_of_id IS NULL ORDER BY id DESC LIMIT %(limit)s) AS found

-- name: try_batch
-- The next posts to try it on, from the newest back, with the words and files of their media in the order of the post.
SELECT p.id, p.account_id, p.audience, p.spoiler, p.source, p.language, p.reply_to_account_id, p.mention_ids, p.created_at,
       media.descriptions, media.files
FROM posts p
LEFT JOIN LATERAL (
    SELECT array_agg(m.description ORDER BY array_position(p.media_ids, m.id)) AS descriptions,
           array_agg(coalesce(m.original, '') ORDER BY array_position(p.media_ids, m.id)) AS files
    FROM media m WHERE m.account_id = p.account_id AND m.id = ANY(p.media_ids)
) AS media ON p.media_ids <> '{}'
WHERE p.id < %(before)s AND p.id >= %(since)s AND p.echo_of_id IS NULL
ORDER BY p.id DESC LIMIT %(limit)s
