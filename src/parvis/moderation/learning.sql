-- name: decided_texts
-- What people decided on posts that are still there, the latest decision on each, oldest first.
SELECT DISTINCT ON (e.subject_id) e.subject_id, e.kind, c.category, p.source, p.spoiler, p.language, e.created_at
FROM moderation_events e
JOIN posts p ON p.id = e.subject_id AND p.account_id = e.account_id
JOIN cases c ON c.subject_id = e.subject_id AND c.account_id = e.account_id AND c.subject_kind = 'post'
WHERE e.subject_kind = 'post' AND e.kind IN ('released', 'upheld')
ORDER BY e.subject_id, e.id DESC
