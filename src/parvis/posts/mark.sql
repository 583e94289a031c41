-- name: bookmark
-- A post bookmarked, where it is still there and was not before.
INSERT INTO bookmarks (account_id, post_id, id)
SELECT %(member)s, p.id, %(id)s FROM posts p WHERE p.id = %(post)s
ON CONFLICT DO NOTHING

-- name: unbookmark
-- A bookmark taken away.
DELETE FROM bookmarks WHERE account_id = %(member)s AND post_id = %(post)s

-- name: hold_pins
-- Pins of one account are set one after the other, so that their number is exact.
SELECT account_id FROM account_stats WHERE account_id = %(member)s FOR NO KEY UPDATE

-- name: count_pins
-- How many others are pinned.
SELECT count(*) AS pins FROM posts WHERE account_id = %(member)s AND pinned_at IS NOT NULL AND id <> %(post)s

-- name: pin
-- A post pinned; the first time counts.
UPDATE posts SET pinned_at = coalesce(pinned_at, clock_timestamp())
WHERE account_id = %(member)s AND id = %(post)s

-- name: unpin
-- A pin taken away.
UPDATE posts SET pinned_at = NULL WHERE account_id = %(member)s AND id = %(post)s

-- name: mute_thread
-- A conversation muted.
INSERT INTO thread_mutes (account_id, thread_id) VALUES (%(member)s, %(thread)s) ON CONFLICT DO NOTHING

-- name: unmute_thread
-- And heard again.
DELETE FROM thread_mutes WHERE account_id = %(member)s AND thread_id = %(thread)s
