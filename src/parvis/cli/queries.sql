-- name: has_owner
-- Whether somebody administers this server.
SELECT EXISTS (SELECT FROM members WHERE role IN ('owner', 'admin')) AS found

-- name: last_heartbeat
-- How many seconds ago a worker gave its last sign of life.
SELECT extract(epoch FROM now() - max(at))::float AS seconds FROM heartbeats

-- name: clock
-- The database's own idea of the time, to compare with ours.
SELECT extract(epoch FROM clock_timestamp())::float AS seconds

-- name: failed_jobs
-- Jobs that were given up, by task.
SELECT task_name AS task, count(*)::int AS count FROM procrastinate_jobs WHERE status = 'failed' GROUP BY 1 ORDER BY 1
