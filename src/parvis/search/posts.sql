-- name: bound_cost
-- For the rest of this transaction: the longest that a statement may take, and plans made for their own values (an author and
-- none need another).
SELECT set_config('statement_timeout', %(ms)s, true) AS longest,
       set_config('plan_cache_mode', 'force_custom_plan', true) AS planned

-- name: by_words
-- The next statement finds words by their index. Estimates for words are too rough to let the planner choose.
SELECT set_config('enable_indexscan', 'off', true) AS by_order, set_config('enable_seqscan', 'off', true) AS by_all

-- name: by_time
-- From here on rows are found by their ids.
SELECT set_config('enable_indexscan', 'on', true)

-- name: newest_first
-- And in the order of time: a common word is found soon.
SELECT set_config('enable_bitmapscan', 'off', true)

-- name: word_hits
-- Posts that hold the words, as far as they are few.
SELECT t.post_id FROM post_texts t
WHERE t.document @@ (websearch_to_tsquery('french', %(words)s) || websearch_to_tsquery('english', %(words)s)
                     || websearch_to_tsquery('simple', %(folded)s))
  AND (%(account)s::bigint IS NULL OR t.account_id = %(account)s)
LIMIT %(few)s

-- name: search_words
-- Posts by common words (tried as French, as English, and as they are written), newest first. Only what the viewer may see;
-- and of others only public posts of those who let themselves be found, or what mentions the viewer.
SELECT p.id
FROM post_texts t
JOIN posts p ON p.id = t.post_id
JOIN accounts a ON a.id = p.account_id
WHERE t.document @@ (websearch_to_tsquery('french', %(words)s) || websearch_to_tsquery('english', %(words)s)
                     || websearch_to_tsquery('simple', %(folded)s))
  AND t.post_id < %(below)s AND t.post_id > %(above)s
  AND (%(account)s::bigint IS NULL OR t.account_id = %(account)s)
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
ORDER BY t.post_id DESC
LIMIT %(limit)s OFFSET %(offset)s

-- name: search_all
-- The same among the posts that hold rarer words, or without words: everything that the operators let through.
SELECT p.id
FROM posts p
JOIN accounts a ON a.id = p.account_id
WHERE (%(hits)s::bigint[] IS NULL OR p.id = ANY(%(hits)s))
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
