-- name: tag_older
-- Public posts with any of some hashtags below max_id, newest first: the newest of each tag by the index, merged.
SELECT DISTINCT p.id
FROM unnest(%(names)s::text[]) AS wanted (name),
     LATERAL (SELECT t.post_id AS id FROM post_tags t JOIN posts p ON p.id = t.post_id
              WHERE t.name = wanted.name AND t.post_id < %(max_id)s AND t.post_id > %(floor)s
                AND p.audience = 0 AND p.state = 0
                AND p.tags @> %(all)s::text[] AND NOT p.tags && %(none)s::text[]
                AND (NOT %(only_media)s OR p.media_ids <> '{}')
              ORDER BY t.post_id DESC LIMIT %(limit)s) AS p
ORDER BY p.id DESC LIMIT %(limit)s

-- name: tag_newer
-- The same above the floor, oldest first.
SELECT DISTINCT p.id
FROM unnest(%(names)s::text[]) AS wanted (name),
     LATERAL (SELECT t.post_id AS id FROM post_tags t JOIN posts p ON p.id = t.post_id
              WHERE t.name = wanted.name AND t.post_id < %(max_id)s AND t.post_id > %(floor)s
                AND p.audience = 0 AND p.state = 0
                AND p.tags @> %(all)s::text[] AND NOT p.tags && %(none)s::text[]
                AND (NOT %(only_media)s OR p.media_ids <> '{}')
              ORDER BY t.post_id LIMIT %(limit)s) AS p
ORDER BY p.id LIMIT %(limit)s
