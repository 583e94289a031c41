-- name: posts_by_ids
-- What a process keeps of posts, of what they echo, and of all their authors.
SELECT p.id, p.account_id, p.audience, p.state, p.thread_id, p.reply_to_id, p.reply_to_account_id, p.echo_of_id,
       p.mention_ids, p.tags, p.language, p.body, p.pinned_at IS NOT NULL AS pinned, p.media_ids <> '{}' AS has_media,
       coalesce(ps.replies, 0) AS replies, coalesce(ps.echoes, 0) AS echoes, coalesce(ps.votes, 0) AS votes,
       coalesce(ps.version, 1) AS stats_version,
       a.username, a.domain, a.locked, a.bot, a.state AS account_state, a.body AS account_body,
       s.followers, s.following, s.posts AS account_posts, s.last_post_id, s.version AS account_stats_version
FROM (SELECT unnest(%(ids)s::bigint[]) AS id
      UNION SELECT echo_of_id FROM posts WHERE id = ANY(%(ids)s) AND echo_of_id IS NOT NULL) AS wanted
JOIN posts p ON p.id = wanted.id
LEFT JOIN post_stats ps ON ps.post_id = p.id
JOIN accounts a ON a.id = p.account_id
JOIN account_stats s ON s.account_id = p.account_id
