-- name: conversations_older
-- The direct conversations that a member takes part in, by their last post below max_id, newest first.
SELECT thread_id, max(id) AS last
FROM (SELECT thread_id, id FROM posts WHERE audience = 3 AND account_id = %(member)s
      UNION ALL
      SELECT thread_id, id FROM posts
      WHERE audience = 3 AND mention_ids @> ARRAY[%(member)s::bigint] AND state = 0
        AND account_id <> ALL(%(hidden)s::bigint[])) AS direct
GROUP BY thread_id
HAVING max(id) < %(max_id)s AND max(id) > %(floor)s
ORDER BY last DESC LIMIT %(limit)s

-- name: conversations_newer
-- The same above the floor, oldest first.
SELECT thread_id, max(id) AS last
FROM (SELECT thread_id, id FROM posts WHERE audience = 3 AND account_id = %(member)s
      UNION ALL
      SELECT thread_id, id FROM posts
      WHERE audience = 3 AND mention_ids @> ARRAY[%(member)s::bigint] AND state = 0
        AND account_id <> ALL(%(hidden)s::bigint[])) AS direct
GROUP BY thread_id
HAVING max(id) < %(max_id)s AND max(id) > %(floor)s
ORDER BY last LIMIT %(limit)s
