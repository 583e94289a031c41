-- name: prepare_post
-- All that a new post needs to know, in one row: its author's name and defaults, who is mentioned, the media, the emoji,
-- the app, and the post that this idempotency key made before.
SELECT a.username, m.default_audience, m.default_sensitive, m.default_language,
    (SELECT post_id FROM idempotency_keys WHERE account_id = a.id AND key = %(key)s) AS existing,
    EXISTS (SELECT FROM follows WHERE target_id = a.id AND notify) AS listened_to,
    (SELECT jsonb_agg(jsonb_build_object('id', p.id::text, 'username', p.username))
     FROM accounts p
     WHERE lower(p.username) = ANY(%(names)s) AND coalesce(p.domain, '') = '' AND p.state = 0) AS people,
    (SELECT jsonb_agg(to_jsonb(x) - 'account_id' || jsonb_build_object('id', x.id::text))
     FROM media x WHERE x.id = ANY(%(media)s) AND x.account_id = a.id AND x.post_id IS NULL) AS media,
    (SELECT jsonb_agg(to_jsonb(e)) FROM emojis e WHERE e.shortcode = ANY(%(codes)s)) AS emojis,
    ap.name AS app_name, ap.website AS app_website
FROM accounts a
LEFT JOIN members m ON m.account_id = a.id
LEFT JOIN apps ap ON ap.id = %(app)s
WHERE a.id = %(author)s AND a.state = 0

-- name: insert_post
-- A post and all that comes with it, in one round trip: counters, media, hashtags, search words, notifications to the
-- mentioned (not where they blocked or muted the author or the thread), the idempotency key, the change record.
-- Delivery is at read time: nothing here grows with the number of followers.
WITH post AS (
    INSERT INTO posts (id, account_id, audience, state, thread_id, reply_to_id, reply_to_account_id, mention_ids,
                       media_ids, tags, language, sensitive, spoiler, source, body, app_id, risk, created_at)
    VALUES (%(id)s, %(author)s, %(audience)s, %(state)s, %(thread)s, %(reply_to)s, %(reply_to_account)s, %(mentions)s,
            %(media)s, %(tags)s, %(language)s, %(sensitive)s, %(spoiler)s, %(source)s, %(body)s, %(app)s, %(risk)s,
            %(created_at)s)
    RETURNING id
), stats AS (
    INSERT INTO post_stats (post_id, account_id) VALUES (%(id)s, %(author)s)
), mine AS (
    UPDATE account_stats
    SET posts = posts + 1, last_post_id = greatest(last_post_id, %(id)s), version = version + 1
    WHERE account_id = %(author)s
    RETURNING followers, following, posts, last_post_id, version
), parent AS (
    UPDATE post_stats SET replies = replies + 1, version = version + 1
    WHERE post_id = %(reply_to)s
    RETURNING replies, echoes, votes, version
), attached AS (
    UPDATE media m SET post_id = %(id)s
    FROM unnest(%(media)s::bigint[], %(descriptions)s::text[]) AS shown (id, description)
    WHERE m.id = shown.id AND m.account_id = %(author)s AND m.post_id IS NULL AND m.description = shown.description
    RETURNING m.id
), tagged AS (
    INSERT INTO post_tags (name, post_id, account_id)
    SELECT name, %(id)s, %(author)s FROM unnest(%(tags)s::text[]) AS name
), tag_names AS (
    INSERT INTO tags (name, display)
    SELECT name, display FROM unnest(%(tags)s::text[], %(displays)s::text[]) AS t (name, display)
    ON CONFLICT (name) DO NOTHING
), words AS (
    INSERT INTO post_texts (post_id, account_id, document)
    VALUES (%(id)s, %(author)s, to_tsvector(%(search_config)s::regconfig, %(search_text)s)
                                || to_tsvector('simple', %(search_folded)s))
), keyed AS (
    INSERT INTO idempotency_keys (account_id, key, post_id)
    SELECT %(author)s, %(key)s, %(id)s WHERE %(key)s::text IS NOT NULL
), told AS (
    INSERT INTO notifications (account_id, id, kind, from_account_id, post_id)
    SELECT t.person, t.note, 'mention', %(author)s, %(id)s
    FROM unnest(%(told)s::bigint[], %(notes)s::bigint[]) AS t (person, note)
    WHERE NOT EXISTS (SELECT FROM blocks b WHERE (b.account_id = t.person AND b.target_id = %(author)s)
                                              OR (b.account_id = %(author)s AND b.target_id = t.person))
      AND NOT EXISTS (SELECT FROM mutes u WHERE u.account_id = t.person AND u.target_id = %(author)s AND u.notifications
                                            AND (u.expires_at IS NULL OR u.expires_at > now()))
      AND NOT EXISTS (SELECT FROM thread_mutes tm WHERE tm.account_id = t.person AND tm.thread_id = %(thread)s)
    RETURNING id
), change AS (
    INSERT INTO changes (id, origin, events) VALUES (%(change_id)s, %(change_origin)s, %(change_events)s)
)
SELECT mine.*, parent.replies AS parent_replies, parent.echoes AS parent_echoes, parent.votes AS parent_votes,
       parent.version AS parent_version,
       (SELECT count(*) FROM attached) AS attached, (SELECT array_agg(id) FROM told) AS notified
FROM mine LEFT JOIN parent ON true

-- name: idempotent_post
-- The post that a key made.
SELECT post_id FROM idempotency_keys WHERE account_id = %(author)s AND key = %(key)s

-- name: purge_idempotency_keys
-- Keys are remembered for some hours.
DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(hours => %(hours)s)

-- name: posting_defaults
-- What a member's posts are unless they say otherwise.
SELECT default_audience, default_language, default_sensitive FROM members WHERE account_id = %(member)s
