-- name: is_loaded
-- Whether the town is there.
SELECT EXISTS (SELECT FROM settings WHERE key = 'demo.town') AS found

-- name: mark_loaded
-- The town is there.
INSERT INTO settings (key, value) VALUES ('demo.town', 'true') ON CONFLICT DO NOTHING

-- name: set_language
-- A member's language, for pages and posts.
UPDATE members SET locale = %(locale)s, default_language = %(locale)s, last_seen_on = current_date WHERE account_id = %(id)s

-- name: age_notifications
-- Votes, echoes and follows of the town were all made just now: put each some hours after what it is about.
UPDATE notifications n SET
    created_at = aged.at,
    id = ((extract(epoch FROM aged.at) * 1000)::bigint - 1577836800000) * 1048576 + (random() * 1048575)::bigint
FROM (
    SELECT n2.account_id, n2.id,
           least(now() - interval '5 minutes',
                 coalesce(p.created_at, a.created_at) + random() * random() * interval '40 hours') AS at
    FROM notifications n2
    LEFT JOIN posts p ON p.id = n2.post_id
    JOIN accounts a ON a.id = n2.from_account_id
) AS aged
WHERE n.account_id = aged.account_id AND n.id = aged.id

-- name: read_notifications
-- The members of the town have read all but the newest few.
INSERT INTO markers (account_id, timeline, last_read_id)
SELECT account_id, 'notifications', id
FROM (SELECT account_id, id, row_number() OVER (PARTITION BY account_id ORDER BY id DESC) AS place FROM notifications) AS n
WHERE place = 6
ON CONFLICT (account_id, timeline) DO NOTHING

-- name: leftovers
-- Members of a town whose loading was interrupted.
SELECT id FROM accounts WHERE lower(username) = lower(%(username)s) AND coalesce(domain, '') = ''
