-- name: queue_counts
-- How many cases are open, by category.
SELECT category, count(*) AS open, count(*) FILTER (WHERE held) AS held,
       count(*) FILTER (WHERE contested_at IS NOT NULL) AS contested
FROM cases WHERE open GROUP BY category

-- name: queue_page
-- Open cases: what is held first, then the gravest, then the oldest; from one case on, whose place the four values are.
SELECT c.account_id, c.subject_kind AS kind, c.subject_id, c.held, c.category, c.rule, c.gravity, c.risk, c.contested_at,
       c.opened_at, a.username, a.display_name, p.audience, p.language, cardinality(p.media_ids) AS media,
       left(CASE WHEN c.subject_kind = 'post' THEN concat_ws(' · ', nullif(p.spoiler, ''), p.source) ELSE a.note END, 400)
           AS excerpt
FROM cases c
JOIN accounts a ON a.id = c.account_id
LEFT JOIN posts p ON c.subject_kind = 'post' AND p.account_id = c.account_id AND p.id = c.subject_id
WHERE c.open
  AND (%(category)s = '' OR c.category = %(category)s)
  AND (%(held)s::boolean IS NULL OR c.held = %(held)s::boolean)
  AND (NOT %(contested)s OR c.contested_at IS NOT NULL)
  AND (NOT c.held, -c.gravity, c.opened_at, c.subject_id)
      > (%(after_published)s::boolean, %(after_gravity)s::int, %(after_opened)s::timestamptz, %(after_id)s::bigint)
ORDER BY NOT c.held, -c.gravity, c.opened_at, c.subject_id
LIMIT %(limit)s

-- name: find_case
-- One case, open or not, with the post that it is about, if it is, and the words and files of that one's pictures in their
-- order.
SELECT c.account_id, c.subject_kind AS kind, c.subject_id, c.open, c.held, c.category, c.rule, c.gravity, c.risk,
       c.contested_at, c.opened_at, c.updated_at,
       p.id AS post_id, p.source, p.spoiler, p.audience, p.language, p.state, p.sensitive, p.created_at, p.edited_at,
       p.reply_to_id, media.pictures, a.display_name, a.note
FROM cases c
JOIN accounts a ON a.id = c.account_id
LEFT JOIN posts p ON c.subject_kind = 'post' AND p.account_id = c.account_id AND p.id = c.subject_id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('description', m.description, 'original', m.original, 'small', m.small)
                     ORDER BY array_position(p.media_ids, m.id)) AS pictures
    FROM media m WHERE m.account_id = p.account_id AND m.id = ANY(p.media_ids)
) AS media ON p.media_ids <> '{}'
WHERE c.subject_id = %(subject)s AND c.subject_kind = %(kind)s

-- name: parent_post
-- What a post answers, where everybody may see that.
SELECT p.id, p.spoiler, p.source, p.created_at, a.username, a.display_name
FROM posts p JOIN accounts a ON a.id = p.account_id AND a.state = 0
WHERE p.id = %(id)s AND p.state = 0 AND p.audience <= 1 AND p.echo_of_id IS NULL

-- name: author_record
-- What is known of an author to whoever decides on something of theirs.
SELECT a.id, a.username, a.display_name, a.created_at, a.state, s.posts, h.rule AS hold_rule, h.since AS hold_since,
       (SELECT count(*) FROM moderation_events e WHERE e.account_id = a.id AND e.kind = 'upheld') AS upheld,
       (SELECT count(*) FROM moderation_events e WHERE e.account_id = a.id AND e.kind = 'released') AS released,
       (SELECT count(*) FROM moderation_events e WHERE e.account_id = a.id AND e.kind = 'contested') AS contested,
       (SELECT count(*) FROM moderation_events e WHERE e.account_id = a.id AND e.answer = 'refuse') AS refused,
       (SELECT count(*) FROM cases c WHERE c.account_id = a.id AND c.open) AS open
FROM accounts a
LEFT JOIN account_stats s ON s.account_id = a.id
LEFT JOIN account_holds h ON h.account_id = a.id
WHERE a.id = %(account)s

-- name: other_cases
-- Other open cases of an author, the gravest first.
SELECT subject_kind AS kind, subject_id, held, category, rule, opened_at
FROM cases
WHERE account_id = %(account)s AND open AND (subject_kind, subject_id) <> (%(kind)s, %(subject)s)
ORDER BY NOT held, -gravity, opened_at LIMIT %(limit)s
