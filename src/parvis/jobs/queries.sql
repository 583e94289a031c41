-- name: beat
-- A sign of life.
INSERT INTO heartbeats (name, at) VALUES (%(name)s, now()) ON CONFLICT (name) DO UPDATE SET at = now()

-- name: rest
-- A worker that ends in order leaves no trace; one that was killed is seen as late.
DELETE FROM heartbeats WHERE name = %(name)s
