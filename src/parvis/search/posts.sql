-- name: bound_cost
-- The longest that the next statement of this transaction may take.
SELECT set_config('statement_timeout', %(ms)s, true)

-- name: search_posts
-- Posts by their words (tried as French, as English, and as they are written), newest first. Only what the viewer may see;
-- and of others only public posts of those who let themselves be found, or what mentions the viewer.
SELECT p.id
FROM posts p
JOIN accounts a ON a.id = p.account_id
WHERE (%(words)s = '' OR p.id IN (
        SELECT t.post_id FROM post_texts t
        WHERE t.document @@ (websearch_to_tsquery('french', %(words)s) || websearch_to_tsquery('english', %(words)s)
                             || websearch_to_tsquery('simple', %(folded)s))
          AND (%(account)s::bigint IS NULL OR t.account_id = %(account)s)))
  AND p.id < %(below)s AND p.id > %(above)s
  AND p.echo_of_id IS NULL
  AND (%(account)s::bigint IS NULL OR p.account_id = %(account)s)
  AND (%(has_media)s::boolean IS NULL OR (p.media_ids <> '{}') = %(has_media)s)
  AND (%(is_reply)s::boolean IS NULL OR (p.reply_to_account_id IS NOT NULL) = %(is_reply)s)
  AND (%(is_sensitive)s::boolean IS NULL OR p.sensitive = %(is_sensitive)s)
  AND (%(language)s::text IS NULL OR split_part(p.language, '-', 1) = %(language)s)
  AND (p.account_id = %(viewer)s OR %(viewer)s = ANY(p.mention_ids) OR (p.audience = 0 AND a.indexable))
  AND (NOT %(library)s OR p.account_id = %(viewer)s OR %(viewer)s = ANY(p.mention_ids)
       OR EXISTS (SELECT FROM votes v WHERE v.account_id = %(viewer)s AND v.post_id = p.id)
       OR EXISTS (SELECT FROM bookmarks b WHERE b.account_id = %(viewer)s AND b.post_id = p.id)
       OR EXISTS (SELECT FROM posts e WHERE e.account_id = %(viewer)s AND e.echo_of_id = p.id))
  AND p.account_id <> ALL(%(hidden)s::bigint[])
  AND may_see(%(viewer)s, p.account_id, p.audience, p.state, p.mention_ids)
ORDER BY p.id DESC
LIMIT %(limit)s OFFSET %(offset)s
