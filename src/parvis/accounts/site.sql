-- name: figures
-- Members, posts by them, and how many of them were here lately.
SELECT (SELECT count(*) FROM members WHERE approved_at IS NOT NULL AND confirmed_at IS NOT NULL) AS members,
       (SELECT coalesce(sum(s.posts), 0)::bigint FROM account_stats s JOIN members m ON m.account_id = s.account_id) AS posts,
       (SELECT count(*) FROM members WHERE last_seen_on > current_date - 30) AS month,
       (SELECT count(*) FROM members WHERE last_seen_on > current_date - 180) AS half_year

-- name: contact
-- The account that answers for the server.
SELECT id FROM accounts WHERE lower(username) = lower(%(username)s) AND coalesce(domain, '') = ''


-- name: probe
-- Does the database answer?
SELECT 1 AS one
