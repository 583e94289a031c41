-- name: insert_echo
-- An echo, where the post is still there and its author has not echoed it yet (else no row), with all counters and the
-- notification to the echoed author (not for one's own, nor where they blocked or muted the member or the thread).
WITH echo AS (
    INSERT INTO posts (id, account_id, audience, thread_id, echo_of_id, echo_of_account_id, language, body, created_at)
    SELECT %(id)s, %(author)s, %(audience)s, %(id)s, o.id, o.account_id, o.language, %(body)s, %(created_at)s
    FROM posts o WHERE o.id = %(post)s AND o.state = 0 AND o.echo_of_id IS NULL
    FOR KEY SHARE
    ON CONFLICT (account_id, echo_of_id) WHERE echo_of_id IS NOT NULL DO NOTHING
    RETURNING id, echo_of_id, echo_of_account_id
), mine AS (
    UPDATE account_stats s
    SET posts = posts + 1, last_post_id = greatest(last_post_id, echo.id), version = version + 1
    FROM echo WHERE s.account_id = %(author)s
    RETURNING s.followers, s.following, s.posts, s.last_post_id, s.version
), counted AS (
    UPDATE post_stats s SET echoes = s.echoes + 1, version = s.version + 1
    FROM echo WHERE s.post_id = echo.echo_of_id
    RETURNING s.replies, s.echoes, s.votes, s.version AS post_version
), told AS (
    INSERT INTO notifications (account_id, id, kind, from_account_id, post_id)
    SELECT echo.echo_of_account_id, %(note)s, 'reblog', %(author)s, echo.echo_of_id
    FROM echo
    WHERE echo.echo_of_account_id <> %(author)s
      AND EXISTS (SELECT FROM members m WHERE m.account_id = echo.echo_of_account_id)
      AND NOT EXISTS (SELECT FROM blocks b WHERE b.account_id = echo.echo_of_account_id AND b.target_id = %(author)s)
      AND NOT EXISTS (SELECT FROM mutes u WHERE u.account_id = echo.echo_of_account_id AND u.target_id = %(author)s
                                            AND u.notifications AND (u.expires_at IS NULL OR u.expires_at > now()))
      AND NOT EXISTS (SELECT FROM thread_mutes tm WHERE tm.account_id = echo.echo_of_account_id
                                                    AND tm.thread_id = %(thread)s)
    ON CONFLICT DO NOTHING
    RETURNING id
)
SELECT mine.*, counted.*, (SELECT id FROM told) AS notified FROM mine, counted

-- name: prepare_echo
-- The member's name, their default audience, and the echo of the post that they made before.
SELECT a.username, coalesce(m.default_audience, 0) AS default_audience,
    (SELECT e.id FROM posts e WHERE e.account_id = a.id AND e.echo_of_id = %(post)s) AS existing
FROM accounts a LEFT JOIN members m ON m.account_id = a.id
WHERE a.id = %(author)s AND a.state = 0

-- name: delete_echo
-- A member's echo of a post taken back, with its counters and its notification; no row where there is none.
WITH gone AS (
    DELETE FROM posts WHERE account_id = %(author)s AND echo_of_id = %(post)s
    RETURNING id, audience, thread_id, echo_of_id, echo_of_account_id
), mine AS (
    UPDATE account_stats s
    SET posts = greatest(s.posts - 1, 0), version = s.version + 1,
        last_post_id = (SELECT max(p.id) FROM posts p WHERE p.account_id = %(author)s AND p.id <> gone.id)
    FROM gone WHERE s.account_id = %(author)s
    RETURNING s.followers, s.following, s.posts, s.last_post_id, s.version
), counted AS (
    UPDATE post_stats s SET echoes = greatest(s.echoes - 1, 0), version = s.version + 1
    FROM gone WHERE s.post_id = gone.echo_of_id
    RETURNING s.replies, s.echoes, s.votes, s.version AS post_version
), untold AS (
    DELETE FROM notifications n USING gone
    WHERE n.post_id = gone.echo_of_id AND n.from_account_id = %(author)s AND n.kind = 'reblog'
)
SELECT gone.*, mine.*, counted.* FROM gone, mine LEFT JOIN counted ON true
