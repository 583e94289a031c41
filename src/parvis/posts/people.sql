-- name: voters_older
-- Who voted for a post, last first, by the votes' ids.
SELECT v.id, v.account_id FROM votes v JOIN accounts a ON a.id = v.account_id AND a.state = 0
WHERE v.post_id = %(post)s AND v.id < %(max_id)s AND v.id > %(floor)s AND v.account_id <> ALL(%(hidden)s::bigint[])
ORDER BY v.id DESC LIMIT %(limit)s

-- name: voters_newer
-- The same above the floor, first first.
SELECT v.id, v.account_id FROM votes v JOIN accounts a ON a.id = v.account_id AND a.state = 0
WHERE v.post_id = %(post)s AND v.id < %(max_id)s AND v.id > %(floor)s AND v.account_id <> ALL(%(hidden)s::bigint[])
ORDER BY v.id LIMIT %(limit)s

-- name: echoers_older
-- Who echoed a post where the viewer may see it, last first, by the echoes' ids.
SELECT e.id, e.account_id FROM posts e
WHERE e.echo_of_id = %(post)s AND e.id < %(max_id)s AND e.id > %(floor)s AND e.account_id <> ALL(%(hidden)s::bigint[])
  AND may_see(%(viewer)s, e.account_id, e.audience, e.state, e.mention_ids)
ORDER BY e.id DESC LIMIT %(limit)s

-- name: echoers_newer
-- The same above the floor, first first.
SELECT e.id, e.account_id FROM posts e
WHERE e.echo_of_id = %(post)s AND e.id < %(max_id)s AND e.id > %(floor)s AND e.account_id <> ALL(%(hidden)s::bigint[])
  AND may_see(%(viewer)s, e.account_id, e.audience, e.state, e.mention_ids)
ORDER BY e.id LIMIT %(limit)s
