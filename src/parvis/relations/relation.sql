-- name: pair
-- What stands between two accounts before something is changed, with the target's side.
SELECT a.state, a.locked AND a.domain IS NULL AS locked,
       EXISTS (SELECT FROM follows WHERE account_id = %(me)s AND target_id = %(target)s) AS following,
       EXISTS (SELECT FROM follow_requests WHERE account_id = %(me)s AND target_id = %(target)s) AS requested,
       EXISTS (SELECT FROM blocks WHERE account_id = %(me)s AND target_id = %(target)s) AS blocking,
       EXISTS (SELECT FROM blocks WHERE account_id = %(target)s AND target_id = %(me)s) AS blocked_by,
       (SELECT following FROM account_stats WHERE account_id = %(me)s) AS following_count
FROM accounts a WHERE a.id = %(target)s

-- name: lock_pair
-- Both counters, in the order of ids: nobody who follows back at the same moment can wait for us while we wait for them.
SELECT account_id FROM account_stats WHERE account_id IN (%(me)s, %(target)s) ORDER BY account_id FOR UPDATE

-- name: insert_follow
-- Follow; no row where it was so before.
INSERT INTO follows (account_id, target_id, id, show_echoes, notify, languages)
VALUES (%(me)s, %(target)s, %(id)s, %(show_echoes)s, %(notify)s, %(languages)s)
ON CONFLICT (account_id, target_id) DO NOTHING

-- name: change_follow
-- Other wishes for someone who is followed already; null leaves one as it is.
UPDATE follows SET show_echoes = coalesce(%(show_echoes)s, show_echoes), notify = coalesce(%(notify)s, notify),
                   languages = coalesce(%(languages)s::text[], languages)
WHERE account_id = %(me)s AND target_id = %(target)s

-- name: delete_follow
-- Follow no longer.
DELETE FROM follows WHERE account_id = %(me)s AND target_id = %(target)s

-- name: insert_request
-- Ask to follow.
INSERT INTO follow_requests (account_id, target_id, id, show_echoes, notify, languages)
VALUES (%(me)s, %(target)s, %(id)s, %(show_echoes)s, %(notify)s, %(languages)s)

-- name: change_request
-- Other wishes for who is asked already; null leaves one as it is.
UPDATE follow_requests SET show_echoes = coalesce(%(show_echoes)s, show_echoes), notify = coalesce(%(notify)s, notify),
                           languages = coalesce(%(languages)s::text[], languages)
WHERE account_id = %(me)s AND target_id = %(target)s

-- name: delete_request
-- A request is answered or withdrawn; what was wished with it.
DELETE FROM follow_requests WHERE account_id = %(me)s AND target_id = %(target)s
RETURNING show_echoes, notify, languages

-- name: count_follow
-- Both counters after a follow (by 1) or its end (by -1), with what processes are told.
UPDATE account_stats SET
    following = following + CASE WHEN account_id = %(me)s THEN %(by)s ELSE 0 END,
    followers = followers + CASE WHEN account_id = %(target)s THEN %(by)s ELSE 0 END,
    version = version + 1
WHERE account_id IN (%(me)s, %(target)s)
RETURNING account_id, followers, following, posts, coalesce(last_post_id, 0) AS last_post_id, version

-- name: notify
-- Tell the target, unless it blocked or muted the one it comes from.
INSERT INTO notifications (account_id, id, kind, from_account_id)
SELECT %(target)s, %(id)s, %(kind)s, %(me)s
WHERE EXISTS (SELECT FROM members WHERE account_id = %(target)s)
  AND NOT EXISTS (SELECT FROM blocks WHERE account_id = %(target)s AND target_id = %(me)s)
  AND NOT EXISTS (SELECT FROM mutes WHERE account_id = %(target)s AND target_id = %(me)s AND notifications
                                      AND (expires_at IS NULL OR expires_at > now()))
ON CONFLICT DO NOTHING
RETURNING id

-- name: unnotify
-- A notification that no longer holds.
DELETE FROM notifications WHERE account_id = %(target)s AND from_account_id = %(me)s AND kind = ANY(%(kinds)s)

-- name: insert_block
-- Block; no row where it was so before.
INSERT INTO blocks (account_id, target_id, id) VALUES (%(me)s, %(target)s, %(id)s)
ON CONFLICT (account_id, target_id) DO NOTHING

-- name: delete_block
-- Block no longer.
DELETE FROM blocks WHERE account_id = %(me)s AND target_id = %(target)s

-- name: forget_notifications
-- What a blocked account caused is forgotten.
DELETE FROM notifications WHERE account_id = %(me)s AND from_account_id = %(target)s

-- name: insert_mute
-- Mute, or mute otherwise.
INSERT INTO mutes (account_id, target_id, id, notifications, expires_at)
VALUES (%(me)s, %(target)s, %(id)s, %(notifications)s,
        CASE WHEN %(seconds)s > 0 THEN now() + make_interval(secs => %(seconds)s) END)
ON CONFLICT (account_id, target_id) DO UPDATE
SET notifications = excluded.notifications, expires_at = excluded.expires_at

-- name: delete_mute
-- Mute no longer.
DELETE FROM mutes WHERE account_id = %(me)s AND target_id = %(target)s

-- name: purge_mutes
-- Mutes that ran out.
DELETE FROM mutes WHERE expires_at < now() RETURNING account_id

-- name: set_note
-- A private note about an account.
INSERT INTO account_notes (account_id, target_id, note) VALUES (%(me)s, %(target)s, %(note)s)
ON CONFLICT (account_id, target_id) DO UPDATE SET note = excluded.note

-- name: delete_note
-- No note.
DELETE FROM account_notes WHERE account_id = %(me)s AND target_id = %(target)s

-- name: insert_domain_block
-- Hide a whole server.
INSERT INTO domain_blocks (account_id, domain, id) VALUES (%(me)s, %(domain)s, %(id)s) ON CONFLICT DO NOTHING

-- name: delete_domain_block
-- Show it again.
DELETE FROM domain_blocks WHERE account_id = %(me)s AND domain = %(domain)s

-- name: domain_blocks
-- Servers that are hidden.
SELECT domain, id FROM domain_blocks WHERE account_id = %(me)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id DESC LIMIT %(limit)s

-- name: relationships
-- What stands between the viewer and each of some accounts, in the order in which they were asked for.
SELECT w.id,
       f.target_id IS NOT NULL AS following, coalesce(f.show_echoes, false) AS showing_reblogs,
       coalesce(f.notify, false) AS notifying, f.languages,
       EXISTS (SELECT FROM follows b WHERE b.account_id = w.id AND b.target_id = %(me)s) AS followed_by,
       EXISTS (SELECT FROM blocks b WHERE b.account_id = %(me)s AND b.target_id = w.id) AS blocking,
       EXISTS (SELECT FROM blocks b WHERE b.account_id = w.id AND b.target_id = %(me)s) AS blocked_by,
       m.target_id IS NOT NULL AS muting, coalesce(m.notifications, false) AS muting_notifications,
       m.expires_at AS muting_expires_at,
       EXISTS (SELECT FROM follow_requests r WHERE r.account_id = %(me)s AND r.target_id = w.id) AS requested,
       EXISTS (SELECT FROM follow_requests r WHERE r.account_id = w.id AND r.target_id = %(me)s) AS requested_by,
       coalesce((SELECT note FROM account_notes n WHERE n.account_id = %(me)s AND n.target_id = w.id), '') AS note
FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS w (id, place)
JOIN accounts a ON a.id = w.id
LEFT JOIN follows f ON f.account_id = %(me)s AND f.target_id = w.id
LEFT JOIN mutes m ON m.account_id = %(me)s AND m.target_id = w.id AND (m.expires_at IS NULL OR m.expires_at > now())
ORDER BY w.place
