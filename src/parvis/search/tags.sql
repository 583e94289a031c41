-- name: tags_by_prefix
-- Hashtags that begin so and that a public post carries, the shortest first: the one that was typed in full is the first.
SELECT name FROM (
    SELECT name FROM tags WHERE name ~>=~ %(low)s AND name ~<~ %(high)s ORDER BY name USING ~<~ LIMIT 1000
) AS t
WHERE EXISTS (SELECT FROM post_tags u JOIN posts p ON p.id = u.post_id
              WHERE u.name = t.name AND p.audience = 0 AND p.state = 0)
ORDER BY length(name), name LIMIT %(limit)s OFFSET %(offset)s
