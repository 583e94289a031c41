-- name: insert_change
-- What a transaction changed, for the processes of other machines.
INSERT INTO changes (id, origin, events) VALUES (%(change_id)s, %(change_origin)s, %(change_events)s)

-- name: change_floor
-- The oldest transaction still running: everything before it is settled.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS floor

-- name: changes_since
-- Changes by other machines that the last look may not have seen, and the floor of the next look.
-- The floor row comes first and alone always; a change whose transaction was still running is seen again next time.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS floor, NULL::bigint AS id, NULL::bytea AS events
UNION ALL
(SELECT NULL, id, events FROM changes
 WHERE xid >= %(floor)s::text::xid8 AND origin <> %(origin)s
 ORDER BY xid)

-- name: purge_changes
-- Every process reads four times a second; an hour is for those that were cut off (they reset when they come back).
DELETE FROM changes WHERE created_at < now() - interval '1 hour'

-- name: applied_migrations
-- What the migration runner noted.
SELECT name FROM migrations
