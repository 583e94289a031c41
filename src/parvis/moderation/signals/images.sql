-- name: find_digests
-- The gravest list that holds the bytes of one of these files, as they were uploaded or as we serve them; and the frames of
-- them that can be told from others, where any list holds pictures.
SELECT exact.name, exact.category,
       CASE WHEN EXISTS (SELECT FROM listed_pictures) THEN ARRAY(
           SELECT DISTINCT hash FROM media_hashes
           WHERE file = ANY(%(files)s::text[]) AND kind = 'pdq' AND quality >= %(quality)s
       ) END AS frames
FROM (VALUES (0)) AS once
LEFT JOIN LATERAL (
    SELECT l.name, l.category
    FROM listed_digests d JOIN hash_lists l ON l.id = d.list_id
    WHERE d.digest = ANY(ARRAY(
        SELECT hash FROM media_hashes WHERE file = ANY(%(files)s::text[]) AND kind <> 'pdq'
        UNION ALL SELECT decode(split_part(file, '.', 1), 'hex') FROM unnest(%(files)s::text[]) AS file
    ))
    ORDER BY array_position(ARRAY['minors', 'terrorism', 'intimate'], l.category), l.name
    LIMIT 1
) AS exact ON true

-- name: find_pictures
-- The gravest list that holds a picture near this one, and the nearest there. Each word is looked for on its own: the index
-- takes its time over every value asked for, for each row that it finds.
SELECT l.name, l.category, near.distance
FROM unnest(%(words)s::text[]) AS asked (word)
CROSS JOIN LATERAL (
    SELECT p.list_id, bit_count(p.hash # %(hash)s::bit(256))::int AS distance
    FROM listed_pictures p
    WHERE pdq_words(p.hash) && asked.word::int[] AND bit_count(p.hash # %(hash)s::bit(256)) <= %(most)s
) AS near
JOIN hash_lists l ON l.id = near.list_id
ORDER BY array_position(ARRAY['minors', 'terrorism', 'intimate'], l.category), near.distance, l.name
LIMIT 1

-- name: keep_list
-- The local list of one category, made when it is first needed.
INSERT INTO hash_lists (id, name, category, source) VALUES (%(id)s, %(name)s, %(category)s, '')
ON CONFLICT (name, category) DO UPDATE SET updated_at = now()
RETURNING id

-- name: list_digests
-- The digests of these files, and what the files' own names say of the bytes that we serve.
INSERT INTO listed_digests (digest, list_id, decision_id)
SELECT hash, %(list)s::bigint, %(decision)s::bigint FROM media_hashes WHERE file = ANY(%(files)s::text[]) AND kind <> 'pdq'
UNION SELECT decode(split_part(file, '.', 1), 'hex'), %(list)s::bigint, %(decision)s::bigint FROM unnest(%(files)s::text[]) AS file
ON CONFLICT (digest, list_id) DO UPDATE SET decision_id = excluded.decision_id

-- name: list_pictures
-- The PDQ hashes of these files, those that tell a picture from others.
INSERT INTO listed_pictures (hash, list_id, decision_id)
SELECT DISTINCT ('x' || encode(hash, 'hex'))::bit(256), %(list)s::bigint, %(decision)s::bigint
FROM media_hashes WHERE file = ANY(%(files)s::text[]) AND kind = 'pdq' AND quality >= %(quality)s
ON CONFLICT (list_id, hash) DO UPDATE SET decision_id = excluded.decision_id

-- name: frames
-- The frames of these files that can be told from others.
SELECT DISTINCT hash FROM media_hashes WHERE file = ANY(%(files)s::text[]) AND kind = 'pdq' AND quality >= %(quality)s

-- name: allow_digests
-- The bytes of these files come off the local lists.
DELETE FROM listed_digests d USING hash_lists l
WHERE l.id = d.list_id AND l.name = %(name)s AND d.digest = ANY(ARRAY(
    SELECT hash FROM media_hashes WHERE file = ANY(%(files)s::text[]) AND kind <> 'pdq'
    UNION ALL SELECT decode(split_part(file, '.', 1), 'hex') FROM unnest(%(files)s::text[]) AS file
))

-- name: allow_pictures
-- What looks like this frame comes off the local lists.
DELETE FROM listed_pictures p USING unnest(%(words)s::text[]) AS asked (word), hash_lists l
WHERE l.id = p.list_id AND l.name = %(name)s AND pdq_words(p.hash) && asked.word::int[]
  AND bit_count(p.hash # %(hash)s::bit(256)) <= %(most)s
