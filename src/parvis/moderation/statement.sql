-- name: authored_case
-- The case of an author's own post, with the post's words as they stand, the last screening, and who decided last.
SELECT c.open, c.held, c.rule, c.contested_at, c.opened_at, p.source, p.spoiler, p.state, p.edited_at,
       (SELECT array_agg(m.description ORDER BY array_position(p.media_ids, m.id)) FROM media m
        WHERE m.account_id = p.account_id AND m.id = ANY(p.media_ids)) AS descriptions,
       screening.policy, screening.rules, screening.findings, screening.created_at AS screened_at,
       decision.kind AS decision, decision.policy AS decided_under, decision.created_at AS decided_at
FROM cases c
JOIN posts p ON p.account_id = c.account_id AND p.id = c.subject_id
LEFT JOIN LATERAL (
    SELECT e.policy, e.rules, e.findings, e.created_at FROM moderation_events e
    WHERE e.subject_id = c.subject_id AND e.account_id = c.account_id AND e.kind IN ('screened', 'rescreened')
    ORDER BY e.id DESC LIMIT 1
) AS screening ON true
LEFT JOIN LATERAL (
    SELECT e.kind, e.policy, e.created_at FROM moderation_events e
    WHERE e.subject_id = c.subject_id AND e.account_id = c.account_id AND e.kind IN ('released', 'upheld')
    ORDER BY e.id DESC LIMIT 1
) AS decision ON true
WHERE c.account_id = %(account)s AND c.subject_kind = 'post' AND c.subject_id = %(post)s
