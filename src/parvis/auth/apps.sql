-- name: insert_app
-- A new app; its secret only by hash.
INSERT INTO apps (id, name, website, redirect_uris, scopes, client_id, secret_hash)
VALUES (%(id)s, %(name)s, %(website)s, %(redirect_uris)s, %(scopes)s, %(client_id)s, %(secret_hash)s)

-- name: app_by_client_id
-- An app, as it names itself.
SELECT * FROM apps WHERE client_id = %(client_id)s

-- name: app_by_id
-- An app, as a token names it.
SELECT * FROM apps WHERE id = %(id)s
