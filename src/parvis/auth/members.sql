-- name: taken
-- Whether a user name or a mailbox is in use.
SELECT EXISTS (SELECT FROM accounts WHERE lower(username) = lower(%(username)s) AND coalesce(domain, '') = '')
           OR EXISTS (SELECT FROM departed WHERE name_hash = sha256(convert_to(lower(%(username)s), 'UTF8')))
           AS username,
       EXISTS (SELECT FROM members WHERE email_key = %(email)s) AS email

-- name: use_invite
-- One use of an invitation that is still good.
UPDATE invites SET uses = uses + 1
WHERE code_hash = %(hash)s AND (max_uses IS NULL OR uses < max_uses) AND (expires_at IS NULL OR expires_at > now())
RETURNING id

-- name: insert_invite
-- A new invitation.
INSERT INTO invites (id, account_id, code_hash, max_uses, expires_at)
VALUES (%(id)s, %(account)s, %(hash)s, %(max_uses)s, now() + make_interval(days => %(days)s))

-- name: insert_member
-- The member behind an account.
INSERT INTO members (account_id, email, email_key, password_hash, role, locale, sign_up_reason, invite_id, sign_up_app_id,
                     confirmed_at, approved_at)
VALUES (%(account)s, %(email)s, %(email_key)s, %(password_hash)s, %(role)s, %(locale)s, %(reason)s, %(invite)s, %(app)s,
        CASE WHEN %(confirmed)s THEN now() END, CASE WHEN %(approved)s THEN now() END)

-- name: member
-- A member, with the name and state of the account.
SELECT m.*, a.username, a.state FROM members m JOIN accounts a ON a.id = m.account_id WHERE m.account_id = %(id)s

-- name: member_by_login
-- A member by user name or mailbox.
SELECT m.*, a.username, a.state FROM members m JOIN accounts a ON a.id = m.account_id
WHERE (lower(a.username) = lower(%(login)s) AND a.domain IS NULL) OR m.email_key = %(email)s
ORDER BY lower(a.username) = lower(%(login)s) DESC LIMIT 1

-- name: list_members
-- Members, newest first.
SELECT m.*, a.username, a.state FROM members m JOIN accounts a ON a.id = m.account_id
ORDER BY m.created_at DESC LIMIT %(limit)s

-- name: set_password
-- A new password.
UPDATE members SET password_hash = %(hash)s WHERE account_id = %(id)s

-- name: set_confirmed
-- This mailbox is the member's, if it is still one that they named; a new one takes the old one's place, and no letter in
-- the old one opens anything more.
WITH gone AS (DELETE FROM one_time WHERE account_id = %(id)s AND purpose = 'reset')
UPDATE members SET confirmed_at = coalesce(confirmed_at, now()),
                   email = %(email)s,
                   email_key = %(key)s,
                   unconfirmed_email = nullif(unconfirmed_email, %(email)s)
WHERE account_id = %(id)s AND %(email)s IN (email, unconfirmed_email) RETURNING approved_at

-- name: set_approved
-- A person let the member in.
UPDATE members SET approved_at = coalesce(approved_at, now()) WHERE account_id = %(id)s RETURNING confirmed_at

-- name: set_email
-- A new address, confirmed by whoever sets it; no letter in the old mailbox opens anything more.
WITH gone AS (DELETE FROM one_time WHERE account_id = %(id)s AND purpose = 'reset')
UPDATE members SET email = %(email)s, email_key = %(key)s, unconfirmed_email = NULL WHERE account_id = %(id)s

-- name: ask_email
-- A new address that must be confirmed first; the one that is there already is no new one.
UPDATE members SET unconfirmed_email = nullif(%(email)s, email) WHERE account_id = %(id)s

-- name: set_role
-- Another role.
UPDATE members SET role = %(role)s WHERE account_id = %(id)s

-- name: set_disabled
-- Log-in forbidden, or allowed again.
UPDATE members SET disabled_at = CASE WHEN %(on)s THEN coalesce(disabled_at, now()) END WHERE account_id = %(id)s

-- name: set_state
-- The account's state.
UPDATE accounts SET state = %(state)s, updated_at = now() WHERE id = %(id)s

-- name: set_preferences
-- Language and defaults.
UPDATE members SET locale = %(locale)s, default_audience = %(audience)s, default_sensitive = %(sensitive)s,
                   default_language = %(language)s
WHERE account_id = %(id)s

-- name: remove_waiting
-- Somebody who was never let in, with all that is theirs; name and mailbox are free again.
DELETE FROM accounts a USING members m
WHERE m.account_id = a.id AND a.id = %(id)s AND a.state = 1 AND m.approved_at IS NULL
RETURNING a.id

-- name: purge_unconfirmed
-- Sign-ups that were never confirmed, after some days.
DELETE FROM accounts WHERE state = 1 AND id IN (
    SELECT m.account_id FROM members m WHERE m.confirmed_at IS NULL AND m.created_at < now() - make_interval(days => %(days)s)
    LIMIT 500)
RETURNING id

-- name: set_locale
-- Language of the pages.
UPDATE members SET locale = %(locale)s WHERE account_id = %(id)s
