-- name: policy
-- From whom a member hears, as far as they said.
SELECT coalesce(preferences -> 'notifications', '{}') AS rules FROM members WHERE account_id = %(me)s

-- name: set_policy
-- What a member changes of it; a null takes a rule away.
UPDATE members
SET preferences = preferences || jsonb_build_object('notifications', jsonb_strip_nulls(
    coalesce(preferences -> 'notifications', '{}') || %(rules)s::jsonb))
WHERE account_id = %(me)s

-- name: requests
-- Senders whose notifications wait, last one first, among a member's newest ones: how many, since when, the last post.
SELECT (note).from_account_id AS sender, count(*)::int AS n, max((note).id) AS last_id,
       min((note).created_at) AS since, max((note).created_at) AS until,
       (array_agg((note).post_id ORDER BY (note).id DESC) FILTER (WHERE (note).post_id IS NOT NULL))[1] AS post_id
FROM members m,
     LATERAL (SELECT n AS note FROM notifications n
              WHERE n.account_id = m.account_id AND (%(sender)s::bigint IS NULL OR n.from_account_id = %(sender)s::bigint)
                AND NOT EXISTS (SELECT FROM mutes u
                                WHERE u.account_id = m.account_id AND u.target_id = n.from_account_id AND u.notifications
                                  AND (u.expires_at IS NULL OR u.expires_at > now()))
              ORDER BY n.id DESC LIMIT 1000) AS newest
WHERE m.account_id = %(me)s AND coalesce(m.preferences -> 'notifications', '{}') <> '{}'
  AND notification_rule(m.preferences -> 'notifications', note) = 'filter'
GROUP BY (note).from_account_id
HAVING max((note).id) < %(max_id)s AND max((note).id) > %(floor)s
ORDER BY max((note).id) DESC LIMIT %(limit)s

-- name: let_through
-- Hear of some senders whatever the policy says.
INSERT INTO notification_permissions (account_id, from_account_id)
SELECT %(me)s, id FROM accounts WHERE id = ANY(%(senders)s::bigint[]) ON CONFLICT DO NOTHING

-- name: dismiss_from
-- What some senders sent, as far as it waits.
DELETE FROM notifications n USING members m
WHERE m.account_id = %(me)s AND n.account_id = m.account_id AND n.from_account_id = ANY(%(senders)s::bigint[])
  AND notification_rule(m.preferences -> 'notifications', n) = 'filter'
