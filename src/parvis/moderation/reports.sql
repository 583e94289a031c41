-- name: open_subjects
-- Of these posts or accounts, those that a member's open reports name already, and in which report.
SELECT subject_id, report_id FROM report_subjects
WHERE account_id = %(reporter)s AND subject_id = ANY(%(subjects)s) AND open
ORDER BY report_id DESC

-- name: insert_report
-- A report.
INSERT INTO reports (id, account_id, target_id, post_ids, category, rule_ids, comment, forwarded)
VALUES (%(id)s, %(reporter)s, %(target)s, %(posts)s, %(category)s, %(rules)s, %(comment)s, %(forwarded)s)

-- name: insert_subjects
-- What it names. Those that another report of the same member named at the same moment are left to that one.
INSERT INTO report_subjects (report_id, subject_id, account_id)
SELECT %(id)s, subject, %(reporter)s FROM unnest(%(subjects)s::bigint[]) AS subject ORDER BY subject
ON CONFLICT (account_id, subject_id) WHERE open DO NOTHING
RETURNING subject_id

-- name: report
-- One report.
SELECT id, account_id, target_id, post_ids, category, rule_ids, comment, forwarded, outcome, decided_at, created_at
FROM reports WHERE id = %(id)s

-- name: mark_subject
-- What a rule did to the post at this report.
UPDATE report_subjects SET marks = %(marks)s, marked_at = now() WHERE report_id = %(id)s AND subject_id = %(subject)s

-- name: lock_reports
-- The reports that name a subject, locked until the end of the transaction.
SELECT id FROM reports
WHERE id IN (SELECT report_id FROM report_subjects WHERE subject_id = %(subject)s)
ORDER BY id FOR UPDATE

-- name: decide_subjects
-- What is decided of a subject, in the reports that wait for it and in those of which the opposite was said before; not in
-- those if it was changed since.
UPDATE report_subjects SET open = false, outcome = %(outcome)s, decided_at = now()
WHERE subject_id = %(subject)s
  AND (open OR (outcome <> %(outcome)s AND (%(changed)s::timestamptz IS NULL OR decided_at >= %(changed)s::timestamptz)))
RETURNING report_id

-- name: decide_reports
-- Reports are right when one of their subjects was found to break a rule, and wrong when every one was found not to.
UPDATE reports r SET outcome = v.outcome, decided_at = CASE WHEN v.outcome IS NOT NULL THEN now() END
FROM (
    SELECT report_id,
           CASE WHEN bool_or(outcome = 'uphold') THEN 'helpful'
                WHEN bool_and(coalesce(outcome, '') = 'release') THEN 'unhelpful' END AS outcome
    FROM report_subjects WHERE report_id = ANY(%(ids)s) GROUP BY report_id
) AS v
WHERE r.id = v.report_id AND r.outcome IS DISTINCT FROM v.outcome

-- name: take_marks
-- The marks that reports put on a subject and since when, forgotten.
WITH marked AS (
    SELECT report_id, subject_id, marks, marked_at FROM report_subjects
    WHERE subject_id = %(subject)s AND marks <> '{}'
    FOR UPDATE
), cleared AS (
    UPDATE report_subjects s SET marks = '{}' FROM marked
    WHERE s.report_id = marked.report_id AND s.subject_id = marked.subject_id
)
SELECT array_agg(DISTINCT mark) AS marks, max(marked_at) AS since FROM marked, unnest(marked.marks) AS mark

-- name: reports_of_subject
-- All reports of a post or an account, newest first, each with its reporter's name and record.
SELECT r.id, r.account_id, a.username, r.target_id, r.post_ids, r.category, r.rule_ids, r.comment, r.forwarded, r.outcome,
       r.decided_at, r.created_at, s.open, record.helpful, record.unhelpful
FROM report_subjects s
JOIN reports r ON r.id = s.report_id
JOIN accounts a ON a.id = r.account_id
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE o.outcome = 'helpful') AS helpful,
           count(*) FILTER (WHERE o.outcome = 'unhelpful') AS unhelpful
    FROM reports o WHERE o.account_id = r.account_id AND o.outcome IS NOT NULL
) AS record
WHERE s.subject_id = %(subject)s
ORDER BY r.id DESC LIMIT %(most)s
