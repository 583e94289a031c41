-- name: claim
-- One more use of a stored file.
INSERT INTO media_files (hash, mime, bytes, refs) VALUES (%(name)s, %(mime)s, %(bytes)s, 1)
ON CONFLICT (hash) DO UPDATE SET refs = media_files.refs + 1

-- name: release
-- One use less of each name (as often as it stands in the list); what is then unused.
WITH given AS (
    SELECT name, count(*)::int AS n FROM unnest(%(names)s::text[]) AS name GROUP BY name
), held AS (
    SELECT f.hash, given.n FROM media_files f JOIN given ON given.name = f.hash ORDER BY f.hash FOR UPDATE OF f
), less AS (
    UPDATE media_files f SET refs = greatest(f.refs - held.n, 0) FROM held WHERE f.hash = held.hash
    RETURNING f.hash, f.refs
)
SELECT hash FROM less WHERE refs = 0

-- name: forget_unused
-- Forget a file that nobody uses; the row stays locked until the caller has removed the bytes.
DELETE FROM media_files WHERE hash = %(name)s AND refs = 0 RETURNING hash

-- name: unused_files
-- Files that nobody uses.
SELECT hash FROM media_files WHERE refs = 0 LIMIT 1000

-- name: unknown_files
-- Of these stored names, those without a row: an upload or a deletion was cut off.
SELECT name FROM unnest(%(names)s::text[]) AS name
WHERE NOT EXISTS (SELECT FROM media_files f WHERE f.hash = name)

-- name: note_unused
-- A row for a file that has none. Waits for an upload of the same bytes that is about to commit its own.
INSERT INTO media_files (hash, mime, bytes, refs) VALUES (%(name)s, '', 0, 0) ON CONFLICT (hash) DO NOTHING

-- name: hold_unclaimed
-- A row for a file that is shown to the gate before anybody uses it; locked until the commit.
INSERT INTO media_files (hash, mime, bytes, refs) VALUES (%(name)s, '', 0, 0)
ON CONFLICT (hash) DO UPDATE SET refs = media_files.refs

-- name: insert_hashes
-- What an upload can be known by, under the name of its stored file.
INSERT INTO media_hashes (file, kind, hash, quality)
SELECT %(file)s, kind, decode(hash, 'hex'), quality
FROM unnest(%(kinds)s::text[], %(hashes)s::text[], %(qualities)s::smallint[]) AS known (kind, hash, quality)
ON CONFLICT DO NOTHING

-- name: unhashed_files
-- Pictures of posts and profiles that were stored before uploads were hashed, by name.
SELECT DISTINCT f.hash AS name
FROM (
    SELECT original AS name FROM media
    UNION ALL SELECT avatar FROM accounts WHERE avatar IS NOT NULL
    UNION ALL SELECT header FROM accounts WHERE header IS NOT NULL
) AS used
JOIN media_files f ON f.hash = used.name
WHERE f.hash > %(after)s AND NOT EXISTS (SELECT FROM media_hashes h WHERE h.file = f.hash)
ORDER BY name LIMIT 5000

-- name: hold_file
-- Whether a file is still there; it stays until the commit.
SELECT hash FROM media_files WHERE hash = %(name)s FOR KEY SHARE

-- name: insert_media
-- A processed picture.
INSERT INTO media (id, account_id, kind, state, original, small, description, focus_x, focus_y, blurhash, meta)
VALUES (%(id)s, %(account)s, 'image', 0, %(original)s, %(small)s, %(description)s, %(focus_x)s, %(focus_y)s,
        %(blurhash)s, %(meta)s::jsonb)
RETURNING *

-- name: find_media
-- A member's own medium.
SELECT * FROM media WHERE id = %(id)s AND account_id = %(account)s

-- name: update_media
-- Words and focus of a medium that no post carries yet.
UPDATE media SET description = coalesce(%(description)s, description), focus_x = coalesce(%(focus_x)s::real, focus_x),
                 focus_y = coalesce(%(focus_y)s::real, focus_y)
WHERE id = %(id)s AND account_id = %(account)s AND post_id IS NULL
RETURNING *

-- name: delete_unattached
-- A member's own medium that no post carries.
DELETE FROM media WHERE id = %(id)s AND account_id = %(account)s AND post_id IS NULL RETURNING original, small

-- name: delete_old_unattached
-- Uploads that never got a post.
DELETE FROM media
WHERE (account_id, id) IN (
    SELECT account_id, id FROM media
    WHERE post_id IS NULL AND created_at < now() - make_interval(hours => %(hours)s)
    LIMIT 500 FOR UPDATE SKIP LOCKED)
RETURNING original, small
