-- name: scan_bounds
-- The posts that a scan reads: the first and the last id from one on, and about how many there are in all.
SELECT min(id) AS low, max(id) AS high,
    (SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'posts'::regclass) AS posts
FROM posts WHERE id >= %(since)s

-- name: begin_scan
-- A new scan.
INSERT INTO scans (id, policy, model, dry, since, until, posts)
VALUES (%(id)s, %(policy)s, %(model)s, %(dry)s, %(since)s, %(until)s, %(posts)s)

-- name: begin_parts
-- Its parts.
INSERT INTO scan_parts (scan_id, part, next, until)
SELECT %(scan)s, part, low, high
FROM unnest(%(parts)s::int[], %(lows)s::bigint[], %(highs)s::bigint[]) AS p (part, low, high)

-- name: scan
-- One scan.
SELECT * FROM scans WHERE id = %(id)s

-- name: unended
-- The latest scan that did not end.
SELECT * FROM scans WHERE ended_at IS NULL ORDER BY id DESC LIMIT 1

-- name: take_part
-- A part that nobody works on, or whose worker has not been heard of for a while.
UPDATE scan_parts SET worker = %(worker)s, seen_at = now()
WHERE (scan_id, part) = (
    SELECT scan_id, part FROM scan_parts
    WHERE scan_id = %(scan)s AND NOT done
      AND (worker = '' OR seen_at < now() - make_interval(secs => %(patience)s))
    ORDER BY part LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING part, next, until

-- name: batch
-- The next posts of a part, with all their words. What people decided on stays as they decided; echoes have no words.
SELECT p.id, p.account_id, p.audience, p.state, p.risk, p.source, p.spoiler, p.language, p.mention_ids, p.reply_to_account_id,
       CASE WHEN p.media_ids <> '{}' THEN
           (SELECT jsonb_agg(jsonb_build_object('description', m.description, 'original', m.original)
                             ORDER BY array_position(p.media_ids, m.id)) FROM media m
            WHERE m.account_id = p.account_id AND m.id = ANY(p.media_ids)) END AS media,
       EXISTS (SELECT FROM moderation_events e
               WHERE e.subject_id = p.id AND e.kind IN ('released', 'upheld')) AS decided,
       EXISTS (SELECT FROM cases c
               WHERE c.account_id = p.account_id AND c.subject_kind = 'post' AND c.subject_id = p.id AND c.open) AS waiting
FROM posts p
WHERE p.id >= %(next)s AND p.id < %(until)s AND p.echo_of_id IS NULL
ORDER BY p.id LIMIT %(most)s

-- name: advance
-- How far a part came. No row where another worker has taken it over: then nothing of this batch counts.
UPDATE scan_parts
SET next = %(next)s, done = %(done)s, seen_at = now(), screened = screened + %(screened)s, held = held + %(held)s,
    queued = queued + %(queued)s,
    rules = (SELECT coalesce(jsonb_object_agg(rule, n), '{}') FROM (
        SELECT rule, sum(n) AS n FROM (
            SELECT key AS rule, value::bigint AS n FROM jsonb_each_text(rules)
            UNION ALL SELECT key, value::bigint FROM jsonb_each_text(%(rules)s::jsonb)
        ) AS both_of_them GROUP BY rule
    ) AS summed),
    examples = CASE WHEN jsonb_array_length(examples) < %(most)s THEN examples || %(examples)s::jsonb ELSE examples END
WHERE scan_id = %(scan)s AND part = %(part)s AND worker = %(worker)s
RETURNING part

-- name: release_part
-- A worker gives its part back.
UPDATE scan_parts SET worker = '' WHERE scan_id = %(scan)s AND part = %(part)s AND worker = %(worker)s

-- name: set_risks
-- What the model found now.
UPDATE posts p SET risk = w.risk
FROM unnest(%(ids)s::bigint[], %(accounts)s::bigint[], %(risks)s::smallint[]) AS w (id, account, risk)
WHERE p.account_id = w.account AND p.id = w.id AND p.risk <> w.risk

-- name: active_version
-- The policy that is active, as the database has it.
SELECT version FROM policy_activations ORDER BY id DESC LIMIT 1

-- name: progress
-- A scan as it stands.
SELECT count(*) AS parts, count(*) FILTER (WHERE done) AS done, sum(screened)::bigint AS screened, sum(held)::bigint AS held,
       sum(queued)::bigint AS queued,
       (SELECT coalesce(jsonb_object_agg(rule, n), '{}') FROM (
           SELECT key AS rule, sum(value::bigint) AS n FROM scan_parts r, jsonb_each_text(r.rules)
           WHERE r.scan_id = %(scan)s GROUP BY key) AS by_rule) AS rules,
       (SELECT coalesce(jsonb_agg(e), '[]') FROM (
           SELECT e FROM scan_parts x, jsonb_array_elements(x.examples) AS e WHERE x.scan_id = %(scan)s LIMIT 20) AS few)
           AS examples
FROM scan_parts WHERE scan_id = %(scan)s

-- name: end_scan
-- A scan that is over, and why if before its time.
UPDATE scans SET ended_at = now(), stopped = %(stopped)s WHERE id = %(scan)s AND ended_at IS NULL
