-- name: prepare_edit
-- A post as it is, with all that its new version needs to know. Its media come with those that could be attached to it.
SELECT p.audience, p.state, p.thread_id, p.reply_to_id, p.reply_to_account_id, p.mention_ids, p.media_ids, p.language, p.app_id,
    p.body, p.edited_at, p.created_at, a.username,
    (SELECT count(*) FROM post_edits e WHERE e.account_id = p.account_id AND e.post_id = p.id) AS edits,
    (SELECT jsonb_agg(jsonb_build_object('id', x.id::text, 'username', x.username))
     FROM accounts x
     WHERE lower(x.username) = ANY(%(names)s) AND coalesce(x.domain, '') = '' AND x.state = 0) AS people,
    (SELECT jsonb_agg(to_jsonb(m) - 'account_id' || jsonb_build_object('id', m.id::text))
     FROM media m
     WHERE m.id = ANY(%(media)s) AND m.account_id = p.account_id AND (m.post_id IS NULL OR m.post_id = p.id)) AS media,
    (SELECT jsonb_agg(to_jsonb(e)) FROM emojis e WHERE e.shortcode = ANY(%(codes)s)) AS emojis,
    ap.name AS app_name, ap.website AS app_website
FROM posts p
JOIN accounts a ON a.id = p.account_id AND a.state = 0
LEFT JOIN apps ap ON ap.id = p.app_id
WHERE p.id = %(id)s AND p.account_id = %(author)s AND p.echo_of_id IS NULL

-- name: edit_post
-- The new version in place of the one that was read (`seen` is when that one was written: no row where another edit came
-- first), and the old one into the history.
WITH post AS (
    UPDATE posts
    SET state = %(state)s, audience = %(audience)s, risk = %(risk)s, mention_ids = %(mentions)s,
        media_ids = %(media)s, tags = %(tags)s, language = %(language)s, sensitive = %(sensitive)s, spoiler = %(spoiler)s, source = %(source)s, body = %(body)s, edited_at = %(edited_at)s
    WHERE account_id = %(author)s AND id = %(id)s AND edited_at IS NOT DISTINCT FROM %(seen)s
    RETURNING id
), old AS (
    INSERT INTO post_edits (account_id, post_id, version, body, held, created_at)
    SELECT %(author)s, post.id, %(version)s, %(old_body)s, %(old_held)s, %(old_at)s FROM post
), words AS (
    UPDATE post_texts
    SET document = to_tsvector(%(search_config)s::regconfig, %(search_text)s)
                   || to_tsvector('simple', %(search_folded)s)
    WHERE post_id = %(id)s
), untagged AS (
    DELETE FROM post_tags WHERE post_id = %(id)s AND name <> ALL(%(tags)s::text[])
), tagged AS (
    INSERT INTO post_tags (name, post_id, account_id)
    SELECT name, %(id)s, %(author)s FROM unnest(%(tags)s::text[]) AS name
    ON CONFLICT DO NOTHING
), tag_names AS (
    INSERT INTO tags (name, display)
    SELECT name, display FROM unnest(%(tags)s::text[], %(displays)s::text[]) AS t (name, display)
    ON CONFLICT (name) DO NOTHING
)
SELECT id FROM post

-- name: detach_media
-- Media that the new version no longer has: they wait to be attached again, as a fresh upload does.
UPDATE media SET post_id = NULL, created_at = now()
WHERE account_id = %(author)s AND post_id = %(id)s
  AND id = ANY(%(old_media)s::bigint[]) AND id <> ALL(%(media)s::bigint[])

-- name: attach_media
-- The new version's media, with their texts and focus.
UPDATE media m
SET post_id = %(id)s, description = w.description, focus_x = w.focus_x, focus_y = w.focus_y
FROM unnest(%(media)s::bigint[], %(descriptions)s::text[], %(focus_xs)s::real[], %(focus_ys)s::real[])
     AS w (id, description, focus_x, focus_y)
WHERE m.id = w.id AND m.account_id = %(author)s AND (m.post_id IS NULL OR m.post_id = %(id)s)

-- name: withdraw_edit_notes
-- Notifications that the edit makes untrue: of mentions that are gone, and of the edit before this one.
DELETE FROM notifications
WHERE post_id = %(id)s AND (kind = 'update' OR (kind = 'mention' AND account_id <> ALL(%(mentions)s::bigint[])))

-- name: edit_audience
-- Whom an edit is told to: the newly mentioned, and members who echoed the post (the latest, up to a bound); not where one
-- blocked the other, nor where they muted the author or the thread.
SELECT person, kind
FROM (SELECT unnest(%(new_people)s::bigint[]) AS person, 'mention' AS kind
      UNION ALL
      (SELECT e.account_id, 'update' FROM posts e
       WHERE e.echo_of_id = %(id)s AND e.account_id <> %(author)s ORDER BY e.id DESC LIMIT %(most)s)) AS t
WHERE EXISTS (SELECT FROM members m WHERE m.account_id = t.person)
  AND NOT EXISTS (SELECT FROM blocks b WHERE (b.account_id = t.person AND b.target_id = %(author)s)
                                          OR (b.account_id = %(author)s AND b.target_id = t.person))
  AND NOT EXISTS (SELECT FROM mutes u WHERE u.account_id = t.person AND u.target_id = %(author)s AND u.notifications
                                        AND (u.expires_at IS NULL OR u.expires_at > now()))
  AND NOT EXISTS (SELECT FROM thread_mutes tm WHERE tm.account_id = t.person AND tm.thread_id = %(thread)s)

-- name: insert_edit_notes
-- Those notifications.
INSERT INTO notifications (account_id, id, kind, from_account_id, post_id)
SELECT person, note, kind, %(author)s, %(id)s
FROM unnest(%(people)s::bigint[], %(notes)s::bigint[], %(kinds)s::text[]) AS t (person, note, kind)
ON CONFLICT DO NOTHING
RETURNING account_id, id

-- name: history
-- The earlier versions of a post, oldest first, and the media that it still has. Those that were held, its author alone sees.
SELECT e.body, p.media_ids
FROM posts p
JOIN post_edits e ON e.account_id = p.account_id AND e.post_id = p.id
WHERE p.account_id = %(author)s AND p.id = %(id)s AND (NOT e.held OR p.account_id = %(viewer)s)
ORDER BY e.version

-- name: source
-- What the author wrote, and the rendered version of it.
SELECT source, spoiler, body FROM posts WHERE id = %(id)s
