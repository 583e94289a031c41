-- name: lock_list
-- One list, made where it is not there; the row stays locked until the commit.
INSERT INTO hash_lists (id, name, category, source) VALUES (%(id)s, %(name)s, %(category)s, %(source)s)
ON CONFLICT (name, category) DO UPDATE SET source = excluded.source, updated_at = now()
RETURNING id

-- name: other_category
-- The category under which a list of this name stands already, if it is another one.
SELECT category FROM hash_lists WHERE name = %(name)s AND category <> %(category)s LIMIT 1

-- name: add_digests
-- Digests of a list, those that it does not hold yet.
INSERT INTO listed_digests (digest, list_id)
SELECT decode(digest, 'hex'), %(list)s FROM unnest(%(hashes)s::text[]) AS digest
ON CONFLICT DO NOTHING

-- name: add_pictures
-- PDQ hashes of a list, those that it does not hold yet.
INSERT INTO listed_pictures (hash, list_id)
SELECT ('x' || hash)::bit(256), %(list)s FROM unnest(%(hashes)s::text[]) AS hash
ON CONFLICT DO NOTHING

-- name: find_lists
-- The lists of a name, locked.
SELECT id FROM hash_lists WHERE name = %(name)s FOR UPDATE

-- name: remove_digests
-- Some digests of a list.
DELETE FROM listed_digests WHERE ctid = ANY(ARRAY(SELECT ctid FROM listed_digests WHERE list_id = %(list)s LIMIT %(most)s))

-- name: remove_pictures
-- Some PDQ hashes of a list.
DELETE FROM listed_pictures WHERE ctid = ANY(ARRAY(SELECT ctid FROM listed_pictures WHERE list_id = %(list)s LIMIT %(most)s))

-- name: remove_list
-- A list that is empty.
DELETE FROM hash_lists WHERE id = %(list)s

-- name: analyze
-- Have the planner see what came or went.
SELECT analyze_hash_lists()

-- name: show_lists
-- Every list and how much is on it.
SELECT l.name, l.category, l.source, l.created_at, l.updated_at,
       (SELECT count(*) FROM listed_pictures p WHERE p.list_id = l.id) AS pdq,
       (SELECT count(*) FROM listed_digests d WHERE d.list_id = l.id AND length(d.digest) = 32) AS sha256,
       (SELECT count(*) FROM listed_digests d WHERE d.list_id = l.id AND length(d.digest) = 16) AS md5
FROM hash_lists l ORDER BY l.name, l.category
