-- name: record
-- What is known of an author: posts of the hour before a moment, decisions against them, posts that wait held, and whether
-- they are suspended until a person has looked.
SELECT
    (SELECT count(*) FROM posts WHERE account_id = %(account)s AND id > %(hour)s AND id < %(moment)s AND echo_of_id IS NULL)
        AS posts_hour,
    (SELECT count(*) FROM moderation_events
     WHERE account_id = %(account)s AND kind = 'upheld' AND created_at > now() - make_interval(days => %(days)s)) AS violations,
    (SELECT count(*) FROM cases WHERE account_id = %(account)s AND open AND held) AS held,
    EXISTS (SELECT FROM account_holds WHERE account_id = %(account)s) AS on_hold

-- name: strangers
-- How many of these people do not follow the author.
SELECT count(*) AS strangers FROM unnest(%(people)s::bigint[]) AS person
WHERE NOT EXISTS (SELECT FROM follows WHERE account_id = person AND target_id = %(account)s)
