-- name: older
-- A member's notifications below max_id, newest first; not of those whom the member blocks, or mutes with notifications, or
-- whom their policy lets wait.
SELECT n.id, n.kind, n.from_account_id, n.post_id, n.created_at
FROM members me JOIN notifications n ON n.account_id = me.account_id
WHERE me.account_id = %(me)s AND n.id < %(max_id)s AND n.id > %(floor)s
  AND (coalesce(me.preferences -> 'notifications', '{}') = '{}'
       OR notification_rule(me.preferences -> 'notifications', n) = 'accept')
  AND (%(kinds)s::text[] IS NULL OR n.kind = ANY(%(kinds)s::text[]))
  AND NOT n.kind = ANY(%(not_kinds)s::text[])
  AND (%(sender)s::bigint IS NULL OR n.from_account_id = %(sender)s::bigint)
  AND NOT EXISTS (SELECT FROM blocks b WHERE b.account_id = %(me)s AND b.target_id = n.from_account_id)
  AND NOT EXISTS (SELECT FROM mutes m WHERE m.account_id = %(me)s AND m.target_id = n.from_account_id AND m.notifications
                                        AND (m.expires_at IS NULL OR m.expires_at > now()))
ORDER BY n.id DESC LIMIT %(limit)s

-- name: newer
-- The same above the floor, oldest first.
SELECT n.id, n.kind, n.from_account_id, n.post_id, n.created_at
FROM members me JOIN notifications n ON n.account_id = me.account_id
WHERE me.account_id = %(me)s AND n.id < %(max_id)s AND n.id > %(floor)s
  AND (coalesce(me.preferences -> 'notifications', '{}') = '{}'
       OR notification_rule(me.preferences -> 'notifications', n) = 'accept')
  AND (%(kinds)s::text[] IS NULL OR n.kind = ANY(%(kinds)s::text[]))
  AND NOT n.kind = ANY(%(not_kinds)s::text[])
  AND (%(sender)s::bigint IS NULL OR n.from_account_id = %(sender)s::bigint)
  AND NOT EXISTS (SELECT FROM blocks b WHERE b.account_id = %(me)s AND b.target_id = n.from_account_id)
  AND NOT EXISTS (SELECT FROM mutes m WHERE m.account_id = %(me)s AND m.target_id = n.from_account_id AND m.notifications
                                        AND (m.expires_at IS NULL OR m.expires_at > now()))
ORDER BY n.id LIMIT %(limit)s

-- name: one
-- One of a member's notifications.
SELECT id, kind, from_account_id, post_id, created_at FROM notifications WHERE account_id = %(me)s AND id = %(id)s

-- name: some
-- Several of them, as far as the member's policy accepts them.
SELECT n.id, n.kind, n.from_account_id, n.post_id, n.created_at
FROM members me JOIN notifications n ON n.account_id = me.account_id
WHERE me.account_id = %(me)s AND n.id = ANY(%(ids)s)
  AND notification_rule(me.preferences -> 'notifications', n) = 'accept'

-- name: dismiss
-- Remove one.
DELETE FROM notifications WHERE account_id = %(me)s AND id = %(id)s

-- name: clear
-- Remove all.
DELETE FROM notifications WHERE account_id = %(me)s

-- name: unread
-- How many came after the one last read, up to a bound; those that `older` shows.
SELECT count(*)::int AS n FROM (
    SELECT FROM members me JOIN notifications n ON n.account_id = me.account_id
    WHERE me.account_id = %(me)s
      AND (coalesce(me.preferences -> 'notifications', '{}') = '{}'
           OR notification_rule(me.preferences -> 'notifications', n) = 'accept')
      AND EXISTS (SELECT FROM accounts a WHERE a.id = n.from_account_id AND a.state = 0)
      AND n.id > coalesce((SELECT last_read_id FROM markers WHERE account_id = %(me)s AND timeline = 'notifications'), 0)
      AND NOT EXISTS (SELECT FROM blocks b WHERE b.account_id = %(me)s AND b.target_id = n.from_account_id)
      AND NOT EXISTS (SELECT FROM mutes m WHERE m.account_id = %(me)s AND m.target_id = n.from_account_id
                                            AND m.notifications AND (m.expires_at IS NULL OR m.expires_at > now()))
    LIMIT %(most)s) AS few

-- name: markers
-- How far a member has read.
SELECT timeline, last_read_id, version, updated_at FROM markers WHERE account_id = %(me)s AND timeline = ANY(%(timelines)s)

-- name: set_marker
-- A member has read so far. Reading on another device never goes back.
INSERT INTO markers (account_id, timeline, last_read_id) VALUES (%(me)s, %(timeline)s, %(last)s)
ON CONFLICT (account_id, timeline) DO UPDATE
SET last_read_id = greatest(markers.last_read_id, excluded.last_read_id), version = markers.version + 1, updated_at = now()
RETURNING timeline, last_read_id, version, updated_at

-- name: followers_to_tell
-- Followers who want to hear of each post of an author, a batch at a time.
SELECT account_id FROM follows WHERE target_id = %(author)s AND notify AND account_id > %(after)s
ORDER BY account_id LIMIT %(most)s

-- name: tell
-- Tell a batch of members of a post; not twice, nor those who muted its author since.
INSERT INTO notifications (account_id, id, kind, from_account_id, post_id)
SELECT t.member, t.id, 'status', %(author)s, %(post)s FROM unnest(%(members)s::bigint[], %(ids)s::bigint[]) AS t (member, id)
WHERE EXISTS (SELECT FROM posts WHERE id = %(post)s AND state = 0)
  AND EXISTS (SELECT FROM members WHERE account_id = t.member)
  AND NOT EXISTS (SELECT FROM mutes m WHERE m.account_id = t.member AND m.target_id = %(author)s AND m.notifications
                                        AND (m.expires_at IS NULL OR m.expires_at > now()))
ON CONFLICT DO NOTHING
RETURNING account_id, id
