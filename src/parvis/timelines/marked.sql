-- name: votes_older
-- What a member voted for, last first, by the votes' ids.
SELECT id, post_id FROM votes WHERE account_id = %(member)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id DESC LIMIT %(limit)s

-- name: votes_newer
-- The same above the floor, first first.
SELECT id, post_id FROM votes WHERE account_id = %(member)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id LIMIT %(limit)s

-- name: bookmarks_older
-- What a member bookmarked, last first, by the bookmarks' ids.
SELECT id, post_id FROM bookmarks WHERE account_id = %(member)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id DESC LIMIT %(limit)s

-- name: bookmarks_newer
-- The same above the floor, first first.
SELECT id, post_id FROM bookmarks WHERE account_id = %(member)s AND id < %(max_id)s AND id > %(floor)s
ORDER BY id LIMIT %(limit)s
