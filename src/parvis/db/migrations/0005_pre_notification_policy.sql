-- From whom a member hears: the senders that they let through in spite of their policy, and the one judgement of it.
CREATE TABLE notification_permissions (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    from_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    PRIMARY KEY (account_id, from_account_id)
);
CREATE INDEX notification_permissions_from ON notification_permissions (from_account_id);

-- What a policy (members.preferences -> 'notifications') says of a notification: accept, filter (it waits among the requests)
-- or drop. Asked when notifications are read, so that a change of the policy holds for what is there already.
CREATE FUNCTION notification_rule(policy jsonb, note notifications) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN policy IS NULL OR policy = '{}' OR note.kind IN ('update', 'poll') THEN 'accept'
        WHEN EXISTS (SELECT FROM notification_permissions
                     WHERE account_id = note.account_id AND from_account_id = note.from_account_id) THEN 'accept'
        ELSE coalesce((
            SELECT CASE WHEN bool_or(said.rule = 'drop') THEN 'drop' WHEN bool_or(said.rule = 'filter') THEN 'filter' END
            FROM (
                SELECT s.created_at > now() - interval '30 days' AS new, s.silenced,
                       EXISTS (SELECT FROM follows
                               WHERE account_id = note.account_id AND target_id = s.id) AS followed,
                       EXISTS (SELECT FROM follows
                               WHERE account_id = s.id AND target_id = note.account_id) AS follows,
                       note.kind = 'mention' AND EXISTS (
                           SELECT FROM posts WHERE id = note.post_id AND audience = 3
                                               AND reply_to_account_id IS DISTINCT FROM note.account_id) AS unasked
                FROM accounts s WHERE s.id = note.from_account_id
            ) AS sender,
            LATERAL (VALUES
                (policy ->> 'for_not_following', NOT sender.followed),
                (policy ->> 'for_not_followers', NOT sender.follows),
                (policy ->> 'for_new_accounts', sender.new AND NOT sender.followed),
                (policy ->> 'for_private_mentions', sender.unasked AND NOT sender.followed),
                (policy ->> 'for_limited_accounts', sender.silenced AND NOT sender.followed)
            ) AS said (rule, holds)
            WHERE said.holds
        ), 'accept')
    END
$$;
