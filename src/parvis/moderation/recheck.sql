-- name: posts_as_written
-- Posts with all their words and the files of their media, as detectors look at them. Echoes have no words of their own.
SELECT p.id, p.account_id, p.audience, p.source, p.spoiler, p.language, p.reply_to_account_id, p.mention_ids, p.created_at,
       p.edited_at, media.descriptions, media.files
FROM posts p
LEFT JOIN LATERAL (
    SELECT array_agg(m.description ORDER BY array_position(p.media_ids, m.id)) AS descriptions,
           array_agg(coalesce(m.original, '') ORDER BY array_position(p.media_ids, m.id)) AS files
    FROM media m WHERE m.account_id = p.account_id AND m.id = ANY(p.media_ids)
) AS media ON p.media_ids <> '{}'
WHERE p.id = ANY(%(ids)s) AND p.echo_of_id IS NULL

-- name: unchanged_post
-- A published post, locked until the end of the transaction, where it still is as it was looked at.
SELECT id FROM posts
WHERE id = %(id)s AND state = 0 AND edited_at IS NOT DISTINCT FROM %(seen)s
FOR UPDATE
