-- name: lock_policies
-- One at a time numbers a version or activates one; readers are not held up.
LOCK TABLE policies IN SHARE ROW EXCLUSIVE MODE

-- name: active_policy
-- The version that holds: the newest activation.
SELECT p.version, p.source, p.shipped, a.account_id AS activated_by
FROM policy_activations a JOIN policies p ON p.version = a.version
ORDER BY a.id DESC LIMIT 1

-- name: active_version
-- Only its number: asked when something may have changed.
SELECT version FROM policy_activations ORDER BY id DESC LIMIT 1

-- name: policy_by_text
-- The version that has exactly this text.
SELECT version FROM policies WHERE sha256 = %(sha256)s

-- name: insert_policy
-- A new version. Its number is one more than the highest there is (the table is locked).
INSERT INTO policies (version, source, sha256, shipped, account_id, note)
SELECT coalesce(max(version), 0) + 1, %(source)s, %(sha256)s, %(shipped)s, %(account)s, %(note)s FROM policies
RETURNING version

-- name: insert_activation
-- From now on this version holds (the table policies is locked). The newest has the highest id whatever the clocks say.
INSERT INTO policy_activations (id, version, account_id, reason)
SELECT greatest(%(id)s, coalesce(max(id), 0) + 1), %(version)s, %(account)s, %(reason)s FROM policy_activations

-- name: policy_source
-- The text of one version.
SELECT source FROM policies WHERE version = %(version)s

-- name: policy_history
-- The versions, the newest first, each with its last activation. Without their texts.
SELECT p.version, p.shipped, p.account_id, p.note, p.created_at, octet_length(p.source) AS bytes,
       last.at AS activated_at, last.account_id AS activated_by, last.reason, coalesce(last.holds, false) AS active
FROM policies p
LEFT JOIN LATERAL (
    SELECT a.at, a.account_id, a.reason, a.id = (SELECT max(id) FROM policy_activations) AS holds
    FROM policy_activations a WHERE a.version = p.version ORDER BY a.id DESC LIMIT 1
) AS last ON true
WHERE p.version < %(before)s
ORDER BY p.version DESC LIMIT %(limit)s

-- name: policy_activations
-- Which version held since when, the newest first.
SELECT id, version, account_id, reason, at FROM policy_activations
WHERE id < %(before)s ORDER BY id DESC LIMIT %(limit)s
