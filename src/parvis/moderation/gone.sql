-- name: close_gone
-- The case of a post that is deleted: nobody decides on it any more, nor can its author contest.
UPDATE cases SET open = false, held = false, updated_at = now()
WHERE account_id = %(account)s AND subject_kind = 'post' AND subject_id = %(subject)s AND (open OR held)
RETURNING rule

-- name: let_go
-- Reports of what is gone: nobody decided whether they were right.
UPDATE report_subjects SET open = false WHERE subject_id = %(subject)s AND open
