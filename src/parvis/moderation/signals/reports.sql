-- name: weigh_reports
-- How many members report a subject, and how much their reports weigh: each as much as the share of their decided reports
-- that proved right, where one right and one wrong are lent to everybody. Of very many reporters, so many are weighed.
SELECT count(*) AS count, coalesce(sum((record.helpful + 1) / (record.helpful + record.unhelpful + 2)), 0)::float8 AS weight
FROM (SELECT account_id FROM report_subjects WHERE subject_id = %(subject)s AND open ORDER BY account_id LIMIT %(most)s) AS s
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE r.outcome = 'helpful')::float8 AS helpful,
           count(*) FILTER (WHERE r.outcome = 'unhelpful')::float8 AS unhelpful
    FROM reports r WHERE r.account_id = s.account_id AND r.outcome IS NOT NULL
) AS record
