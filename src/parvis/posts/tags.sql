-- name: tag_with_history
-- A hashtag's use by day in public posts since `floor` (the newest of them, up to a bound), and whether the member follows it.
SELECT h.day, h.uses, h.people,
    EXISTS (SELECT FROM tag_follows f WHERE f.account_id = %(member)s AND f.name = %(name)s) AS following
FROM (SELECT 1) AS one
LEFT JOIN (
    SELECT ((u.post_id >> 20) + %(epoch_ms)s) / 86400000 AS day, count(*) AS uses, count(DISTINCT u.account_id) AS people
    FROM (SELECT t.post_id, t.account_id FROM post_tags t
          JOIN posts p ON p.id = t.post_id AND p.audience = 0 AND p.state = 0
          WHERE t.name = %(name)s AND t.post_id >= %(floor)s
          ORDER BY t.post_id DESC LIMIT %(most)s) AS u
    GROUP BY 1
) AS h ON true

-- name: follow_tag
-- A hashtag followed; the first time counts.
INSERT INTO tag_follows (account_id, name, id)
SELECT %(member)s, %(name)s, %(id)s
WHERE (SELECT count(*) FROM tag_follows WHERE account_id = %(member)s) < %(most)s
   OR EXISTS (SELECT FROM tag_follows WHERE account_id = %(member)s AND name = %(name)s)
ON CONFLICT (account_id, name) DO UPDATE SET name = excluded.name

-- name: unfollow_tag
-- And no longer.
DELETE FROM tag_follows WHERE account_id = %(member)s AND name = %(name)s

-- name: followed_older
-- The hashtags that a member follows, last first.
SELECT id, name FROM tag_follows WHERE account_id = %(member)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id DESC LIMIT %(limit)s

-- name: followed_newer
-- The same above the floor, first first.
SELECT id, name FROM tag_follows WHERE account_id = %(member)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id LIMIT %(limit)s

-- name: followed_among
-- Which of some hashtags a member follows.
SELECT name FROM tag_follows WHERE account_id = %(member)s AND name = ANY(%(names)s::text[])

-- name: trending_tags
-- The hashtags of the newest public posts since `floor` (up to a bound) that most members used, with their use by day.
SELECT name, array_agg(day) AS days, array_agg(uses) AS uses, array_agg(people) AS people
FROM (SELECT t.name, ((t.post_id >> 20) + %(epoch_ms)s) / 86400000 AS day, count(*) AS uses,
             count(DISTINCT t.account_id) AS people
      FROM (SELECT id FROM posts
            WHERE audience = 0 AND state = 0 AND echo_of_id IS NULL
              AND (reply_to_account_id IS NULL OR reply_to_account_id = account_id) AND id >= %(floor)s
            ORDER BY id DESC LIMIT %(most)s) AS p
      JOIN post_tags t ON t.post_id = p.id
      JOIN accounts a ON a.id = t.account_id AND a.state = 0 AND NOT a.silenced
      GROUP BY 1, 2) AS by_day
GROUP BY name
ORDER BY sum(people) DESC, sum(uses) DESC, name LIMIT 100

-- name: trending_posts
-- The newest public posts since `floor` (up to a bound) with the most votes and echoes.
SELECT p.id
FROM (SELECT id FROM posts
      WHERE audience = 0 AND state = 0 AND echo_of_id IS NULL
        AND (reply_to_account_id IS NULL OR reply_to_account_id = account_id) AND id >= %(floor)s
      ORDER BY id DESC LIMIT %(most)s) AS p
JOIN post_stats s ON s.post_id = p.id AND s.votes + s.echoes > 0
JOIN accounts a ON a.id = s.account_id AND a.state = 0 AND NOT a.silenced
ORDER BY s.votes + 2 * s.echoes DESC, p.id DESC LIMIT 100
