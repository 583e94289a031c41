-- name: insert_event
-- One more event. Events are never changed.
INSERT INTO moderation_events (id, account_id, subject_kind, subject_id, kind, actor_id, policy, model, answer, effects, rules,
                               note, findings)
VALUES (%(id)s, %(account)s, %(subject_kind)s, %(subject_id)s, %(kind)s, %(actor)s, %(policy)s, %(model)s, %(answer)s,
        %(effects)s, %(rules)s, %(note)s, %(findings)s::jsonb)

-- name: open_case
-- The case of a subject, opened, opened again or made graver; a held one stays held until it is decided.
INSERT INTO cases (account_id, subject_kind, subject_id, held, category, rule, gravity, risk)
VALUES (%(account)s, %(subject_kind)s, %(subject_id)s, %(held)s, %(category)s, %(rule)s, %(gravity)s, %(risk)s)
ON CONFLICT (account_id, subject_kind, subject_id) DO UPDATE
SET open = true, held = EXCLUDED.held OR (cases.open AND cases.held), updated_at = now(),
    opened_at = CASE WHEN cases.open THEN cases.opened_at ELSE now() END,
    category = CASE WHEN cases.open AND cases.gravity > EXCLUDED.gravity THEN cases.category ELSE EXCLUDED.category END,
    rule = CASE WHEN cases.open AND cases.gravity > EXCLUDED.gravity THEN cases.rule ELSE EXCLUDED.rule END,
    gravity = CASE WHEN cases.open THEN greatest(cases.gravity, EXCLUDED.gravity) ELSE EXCLUDED.gravity END,
    risk = CASE WHEN cases.open THEN greatest(cases.risk, EXCLUDED.risk) ELSE EXCLUDED.risk END

-- name: close_orphan
-- A case that was just opened again for a post that was deleted meanwhile. A post that is there stays there until the end of
-- the transaction: who deletes it then finds the case.
UPDATE cases SET open = false, held = false
WHERE account_id = %(account)s AND subject_kind = %(subject_kind)s AND subject_id = %(subject_id)s AND subject_kind = 'post'
  AND NOT EXISTS (SELECT FROM posts p WHERE p.account_id = %(account)s AND p.id = %(subject_id)s FOR KEY SHARE)

-- name: suspend_account
-- An account that a rule suspended until a person has looked.
INSERT INTO account_holds (account_id, rule, event_id) VALUES (%(account)s, %(rule)s, %(event)s)
ON CONFLICT (account_id) DO NOTHING

-- name: events_of_subject
-- All that happened to a subject, oldest first.
SELECT e.id, e.account_id, e.kind, e.actor_id, a.username AS actor, e.policy, e.model, e.answer, e.effects, e.rules, e.note,
       e.findings, e.created_at
FROM moderation_events e LEFT JOIN accounts a ON a.id = e.actor_id
WHERE e.subject_id = %(subject)s AND e.account_id = %(account)s
ORDER BY e.id
