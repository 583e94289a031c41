-- name: case_for_decision
-- An open case, locked, with the words of its post where it has one, and when its subject was changed last.
SELECT c.account_id, c.subject_kind, c.subject_id, c.held, c.category, c.rule, c.gravity,
       p.source, p.spoiler, p.state AS post_state, p.media_ids,
       CASE WHEN c.subject_kind = 'post' THEN p.edited_at ELSE a.updated_at END AS changed_at,
       (SELECT array_agg(m.description) FROM media m
        WHERE m.account_id = c.account_id AND m.id = ANY(p.media_ids) AND m.description <> '') AS descriptions,
       (SELECT array_agg(m.original) FROM media m WHERE m.account_id = c.account_id AND m.id = ANY(p.media_ids)) AS originals
FROM cases c
JOIN accounts a ON a.id = c.account_id
LEFT JOIN posts p ON c.subject_kind = 'post' AND p.account_id = c.account_id AND p.id = c.subject_id
WHERE c.subject_id = %(subject)s AND c.subject_kind = %(kind)s AND c.open
FOR UPDATE OF c

-- name: close_case
-- A case that is decided, by which rule. Its author can contest this decision, whatever they contested before.
UPDATE cases SET open = false, held = %(held)s, rule = %(rule)s, category = %(category)s, gravity = %(gravity)s,
    contested_at = NULL, updated_at = now()
WHERE account_id = %(account)s AND subject_kind = %(kind)s AND subject_id = %(subject)s

-- name: contest_case
-- The author contests: the case is open (again), once for each decision.
UPDATE cases SET contested_at = now(), open = true, updated_at = now()
WHERE account_id = %(account)s AND subject_kind = 'post' AND subject_id = %(subject)s AND held AND contested_at IS NULL
RETURNING subject_id

-- name: resume_account
-- An account that a person has looked at.
DELETE FROM account_holds WHERE account_id = %(account)s RETURNING rule

-- name: held_of_author
-- A post's own case, as its author may know it: open or decided, contested or not, and what was found.
SELECT c.open, c.held, c.rule, c.contested_at, c.opened_at,
       (SELECT e.policy FROM moderation_events e WHERE e.subject_id = c.subject_id AND e.kind = 'screened'
        ORDER BY e.id DESC LIMIT 1) AS policy,
       (SELECT e.findings FROM moderation_events e WHERE e.subject_id = c.subject_id AND e.kind = 'screened'
        ORDER BY e.id DESC LIMIT 1) AS findings
FROM cases c
WHERE c.account_id = %(account)s AND c.subject_kind = 'post' AND c.subject_id = %(subject)s
