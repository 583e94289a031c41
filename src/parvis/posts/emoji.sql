-- name: emojis
-- Every custom emoji.
SELECT shortcode, file, static_file, category, visible FROM emojis ORDER BY category NULLS FIRST, shortcode

-- name: hold_emoji
-- One of them, held until the transaction ends.
SELECT file, static_file FROM emojis WHERE shortcode = %(shortcode)s FOR UPDATE

-- name: put_emoji
-- A custom emoji, new or in place of the one of that name.
INSERT INTO emojis (shortcode, file, static_file, category)
VALUES (%(shortcode)s, %(file)s, %(static)s, %(category)s)
ON CONFLICT (shortcode) DO UPDATE
SET file = excluded.file, static_file = excluded.static_file, category = excluded.category, visible = true

-- name: delete_emoji
-- A custom emoji gone.
DELETE FROM emojis WHERE shortcode = %(shortcode)s
