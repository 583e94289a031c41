-- name: find_near
-- For each asked text the decided ones that share a band with it: the newest few of each band, so that a campaign of very
-- many variants costs no more than a few.
SELECT asked.text AS asked, t.text_key, t.violation, t.category, t.sketch
FROM (
    SELECT DISTINCT k.text, found.text_id
    FROM unnest(%(texts)s::int[], %(bands)s::bigint[]) AS k (text, band)
    CROSS JOIN LATERAL (
        SELECT b.text_id FROM decided_bands b WHERE b.band = k.band ORDER BY b.text_id DESC LIMIT %(most)s
    ) AS found
) AS asked
JOIN decided_texts t ON t.id = asked.text_id

-- name: remember_text
-- A decided text; an earlier decision on the same text no longer counts. Locks its row until the commit.
INSERT INTO decided_texts (id, text_key, violation, category, sketch, decision_id, subject_id)
VALUES (%(id)s, %(key)s, %(violation)s, %(category)s, %(sketch)s, %(decision)s, %(subject)s)
ON CONFLICT (text_key) DO UPDATE
SET violation = excluded.violation, category = excluded.category, sketch = excluded.sketch,
    decision_id = excluded.decision_id, subject_id = excluded.subject_id, decided_at = now()
RETURNING id

-- name: remember_bands
-- Under which values a text is found, and no longer under those of another outcome.
WITH gone AS (
    DELETE FROM decided_bands WHERE text_id = %(id)s AND band = ANY(%(gone)s::bigint[])
)
INSERT INTO decided_bands (band, text_id) SELECT band, %(id)s FROM unnest(%(bands)s::bigint[]) AS band
ON CONFLICT DO NOTHING
