-- name: cast_votes
-- A batch of votes: those that are new, their posts' counters (locked in the order of ids), their authors' notifications
-- (not one's own vote, nor where the author blocked or muted the voter or the thread). Posts that are gone get none.
WITH cast_now AS (
    INSERT INTO votes (account_id, post_id, id)
    SELECT w.voter, w.post, w.id
    FROM unnest(%(voters)s::bigint[], %(posts)s::bigint[], %(ids)s::bigint[]) AS w (voter, post, id)
    WHERE EXISTS (SELECT FROM posts p WHERE p.id = w.post)
    ON CONFLICT (account_id, post_id) DO NOTHING
    RETURNING account_id, post_id
), sums AS (
    SELECT post_id, count(*)::int AS n FROM cast_now GROUP BY post_id
), held AS (
    SELECT ps.post_id FROM post_stats ps JOIN sums USING (post_id) ORDER BY ps.post_id FOR UPDATE OF ps
), counted AS (
    UPDATE post_stats ps SET votes = ps.votes + sums.n, version = ps.version + 1
    FROM sums JOIN held USING (post_id)
    WHERE ps.post_id = sums.post_id
    RETURNING ps.account_id, ps.post_id, ps.replies, ps.echoes, ps.votes, ps.version
), told AS (
    INSERT INTO notifications (account_id, id, kind, from_account_id, post_id)
    SELECT w.author, w.note, 'favourite', w.voter, w.post
    FROM unnest(%(voters)s::bigint[], %(posts)s::bigint[], %(authors)s::bigint[], %(threads)s::bigint[],
                %(notes)s::bigint[]) AS w (voter, post, author, thread, note)
    JOIN cast_now c ON c.account_id = w.voter AND c.post_id = w.post
    WHERE w.author <> w.voter
      AND EXISTS (SELECT FROM members m WHERE m.account_id = w.author)
      AND NOT EXISTS (SELECT FROM blocks b WHERE b.account_id = w.author AND b.target_id = w.voter)
      AND NOT EXISTS (SELECT FROM mutes u WHERE u.account_id = w.author AND u.target_id = w.voter AND u.notifications
                                            AND (u.expires_at IS NULL OR u.expires_at > now()))
      AND NOT EXISTS (SELECT FROM thread_mutes tm WHERE tm.account_id = w.author AND tm.thread_id = w.thread)
    ON CONFLICT DO NOTHING
    RETURNING id, post_id
), change AS (
    INSERT INTO changes (id, origin, events) VALUES (%(change_id)s, %(change_origin)s, %(change_events)s)
)
SELECT counted.*, (SELECT array_agg(told.id) FROM told WHERE told.post_id = counted.post_id) AS notified FROM counted

-- name: retract_votes
-- A batch of votes taken back, their posts' counters, and the notifications that they had made.
WITH gone AS (
    DELETE FROM votes v
    USING unnest(%(voters)s::bigint[], %(posts)s::bigint[]) AS w (voter, post)
    WHERE v.account_id = w.voter AND v.post_id = w.post
    RETURNING v.account_id, v.post_id
), sums AS (
    SELECT post_id, count(*)::int AS n FROM gone GROUP BY post_id
), held AS (
    SELECT ps.post_id FROM post_stats ps JOIN sums USING (post_id) ORDER BY ps.post_id FOR UPDATE OF ps
), untold AS (
    DELETE FROM notifications n USING gone
    WHERE n.post_id = gone.post_id AND n.from_account_id = gone.account_id AND n.kind = 'favourite'
), change AS (
    INSERT INTO changes (id, origin, events) VALUES (%(change_id)s, %(change_origin)s, %(change_events)s)
)
UPDATE post_stats ps SET votes = greatest(ps.votes - sums.n, 0), version = ps.version + 1
FROM sums JOIN held USING (post_id)
WHERE ps.post_id = sums.post_id
RETURNING ps.account_id, ps.post_id, ps.replies, ps.echoes, ps.votes, ps.version
