-- name: search_accounts
-- Accounts whose name begins so, or whose names hold words that begin so: the exact name first, then those whom the viewer
-- follows, then the most followed. Who does not want to be found is found by the exact name, or by those who follow them.
SELECT a.id
FROM (
    (SELECT id FROM accounts WHERE state = 0 AND lower(username) ~>=~ %(low)s AND lower(username) ~<~ %(high)s LIMIT 500)
    UNION
    (SELECT id FROM accounts
     WHERE state = 0 AND to_tsvector('simple', username || ' ' || display_name) @@ to_tsquery('simple', %(words)s)
     LIMIT 500)
) AS found
JOIN accounts a ON a.id = found.id
JOIN account_stats s ON s.account_id = a.id
LEFT JOIN follows f ON f.account_id = %(viewer)s AND f.target_id = a.id
WHERE (a.discoverable OR f.target_id IS NOT NULL OR lower(a.username) = %(low)s OR a.id = %(viewer)s)
  AND (NOT %(following)s OR f.target_id IS NOT NULL)
ORDER BY lower(a.username) = %(low)s DESC, f.target_id IS NOT NULL DESC, s.followers DESC, a.id
LIMIT %(limit)s OFFSET %(offset)s

-- name: active_id
-- An active local account by its user name in lower case.
SELECT id FROM accounts WHERE lower(username) = %(username)s AND coalesce(domain, '') = '' AND state = 0
