-- What was decided of each subject of a report: a newer decision on the same subject turns what an earlier one said of the
-- report. And the queue of open cases is read in its own order.
ALTER TABLE report_subjects ADD COLUMN outcome text;  -- uphold, release; null: nobody decided (yet)
ALTER TABLE report_subjects ADD COLUMN decided_at timestamptz;

UPDATE report_subjects s SET (outcome, decided_at) = (
    SELECT CASE e.kind WHEN 'upheld' THEN 'uphold' ELSE 'release' END, e.created_at
    FROM moderation_events e
    WHERE e.subject_id = s.subject_id AND e.kind IN ('upheld', 'released') AND e.id > s.report_id
    ORDER BY e.id DESC LIMIT 1
) WHERE NOT s.open;

-- Of 26,000 open cases a page is read in its order instead of sorting all; what is carried along lets them be counted from
-- the index alone. The table is small: it is locked for a moment.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX cases_queue ON cases ((NOT held), (-gravity), opened_at, subject_id)
    INCLUDE (category, held, contested_at) WHERE open;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX cases_open;
