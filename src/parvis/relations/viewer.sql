-- name: viewer
-- All that a page needs to know of the one who looks, in one row. With `home`, also the 40 newest ids of their home:
-- the newest of each followed author by the index alone, merged.
SELECT %(id)s::bigint AS id,
    ARRAY(SELECT target_id FROM follows WHERE account_id = %(id)s) AS follows,
    ARRAY(SELECT target_id FROM follows WHERE account_id = %(id)s AND NOT show_echoes) AS no_echoes,
    (SELECT jsonb_object_agg(target_id, languages) FROM follows
     WHERE account_id = %(id)s AND languages <> '{}') AS languages,
    ARRAY(SELECT target_id FROM blocks WHERE account_id = %(id)s) AS blocks,
    ARRAY(SELECT account_id FROM blocks WHERE target_id = %(id)s) AS blocked_by,
    ARRAY(SELECT target_id FROM mutes WHERE account_id = %(id)s AND (expires_at IS NULL OR expires_at > now())) AS mutes,
    (SELECT min(expires_at) FROM mutes WHERE account_id = %(id)s AND expires_at > now()) AS next_expiry,
    ARRAY(SELECT domain FROM domain_blocks WHERE account_id = %(id)s) AS domains,
    ARRAY(SELECT thread_id FROM thread_mutes WHERE account_id = %(id)s) AS muted_threads,
    ARRAY(SELECT post_id FROM votes WHERE account_id = %(id)s ORDER BY post_id DESC LIMIT %(kept)s) AS votes,
    ARRAY(SELECT echo_of_id FROM posts WHERE account_id = %(id)s AND echo_of_id IS NOT NULL
          ORDER BY echo_of_id DESC LIMIT %(kept)s) AS echoes,
    ARRAY(SELECT post_id FROM bookmarks WHERE account_id = %(id)s ORDER BY post_id DESC LIMIT %(kept)s) AS bookmarks,
    CASE WHEN %(home)s THEN ARRAY(
        SELECT p.id
        FROM (SELECT target_id AS author FROM follows WHERE account_id = %(id)s UNION ALL SELECT %(id)s) AS authors,
             LATERAL (SELECT id FROM posts WHERE account_id = author ORDER BY id DESC LIMIT 40) AS p
        ORDER BY p.id DESC LIMIT 40) END AS home_ids

-- name: flags
-- The viewer's flags on some posts: 1 voted, 2 echoed, 4 bookmarked.
SELECT post_id,
    (EXISTS (SELECT FROM votes v WHERE v.account_id = %(id)s AND v.post_id = wanted.post_id))::int
    + 2 * (EXISTS (SELECT FROM posts e WHERE e.account_id = %(id)s AND e.echo_of_id = wanted.post_id))::int
    + 4 * (EXISTS (SELECT FROM bookmarks b WHERE b.account_id = %(id)s AND b.post_id = wanted.post_id))::int AS flags
FROM unnest(%(posts)s::bigint[]) AS wanted (post_id)

-- name: listeners
-- The relations of members whose streams are open, without what they voted, echoed and bookmarked.
SELECT w.id,
    ARRAY(SELECT target_id FROM follows WHERE account_id = w.id) AS follows,
    ARRAY(SELECT target_id FROM follows WHERE account_id = w.id AND NOT show_echoes) AS no_echoes,
    (SELECT jsonb_object_agg(target_id, languages) FROM follows WHERE account_id = w.id AND languages <> '{}') AS languages,
    ARRAY(SELECT target_id FROM blocks WHERE account_id = w.id) AS blocks,
    ARRAY(SELECT account_id FROM blocks WHERE target_id = w.id) AS blocked_by,
    ARRAY(SELECT target_id FROM mutes WHERE account_id = w.id AND (expires_at IS NULL OR expires_at > now())) AS mutes,
    (SELECT min(expires_at) FROM mutes WHERE account_id = w.id AND expires_at > now()) AS next_expiry,
    ARRAY(SELECT domain FROM domain_blocks WHERE account_id = w.id) AS domains,
    '{}'::bigint[] AS muted_threads, '{}'::bigint[] AS votes, '{}'::bigint[] AS echoes, '{}'::bigint[] AS bookmarks,
    NULL::bigint[] AS home_ids
FROM unnest(%(ids)s::bigint[]) AS w (id)
