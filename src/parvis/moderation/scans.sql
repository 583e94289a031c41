-- name: recent_scans
-- The last scans, the newest first.
SELECT id, policy, model, dry, started_at, ended_at, stopped FROM scans ORDER BY id DESC LIMIT %(limit)s

-- name: find_scan
-- One scan.
SELECT id, policy, model, dry, started_at, ended_at, stopped FROM scans WHERE id = %(id)s
