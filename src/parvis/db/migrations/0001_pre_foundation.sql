-- The foundation: accounts, members and their keys, relations, posts, media, notifications.
-- Big tables lead with the owner's account id, so that they can be sharded by it. No row holds our own address.

CREATE TABLE settings (
    key text PRIMARY KEY,
    value jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- What other machines' processes must learn of a transaction: see db/changes.py.
CREATE TABLE changes (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    origin bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    events bytea NOT NULL
);
CREATE INDEX changes_xid ON changes (xid);
CREATE INDEX changes_created ON changes (created_at);

-- Accounts ------------------------------------------------------------------------------------------------------------

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    username text NOT NULL,
    domain text,                       -- null: local
    uri text,                          -- remote actors only
    display_name text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',     -- as written; the HTML is in body
    fields jsonb NOT NULL DEFAULT '[]',  -- [{"name": …, "value": …, "verified_at": …}]
    avatar text,                       -- media_files.hash
    avatar_static text,
    avatar_description text NOT NULL DEFAULT '',
    header text,
    header_static text,
    header_description text NOT NULL DEFAULT '',
    locked boolean NOT NULL DEFAULT false,
    bot boolean NOT NULL DEFAULT false,
    discoverable boolean NOT NULL DEFAULT true,
    indexable boolean NOT NULL DEFAULT true,
    hide_collections boolean NOT NULL DEFAULT false,
    state smallint NOT NULL DEFAULT 0,  -- 0 active, 1 waiting (unconfirmed or unapproved), 2 suspended, 3 being deleted
    silenced boolean NOT NULL DEFAULT false,
    body bytea NOT NULL DEFAULT '',    -- the API's JSON without counts, rendered at write
    body_version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX accounts_address ON accounts (lower(username), coalesce(domain, ''));
CREATE INDEX accounts_username_prefix ON accounts (lower(username) text_pattern_ops) WHERE state = 0;
CREATE INDEX accounts_name_words ON accounts USING gin (to_tsvector('simple', username || ' ' || display_name))
    WHERE state = 0;

-- Counters, apart so that a post rewrites a narrow row. `version` orders the values that processes are told.
CREATE TABLE account_stats (
    account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    followers bigint NOT NULL DEFAULT 0,
    following bigint NOT NULL DEFAULT 0,
    posts bigint NOT NULL DEFAULT 0,
    last_post_id bigint,
    version bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 70);

-- Members and their keys ----------------------------------------------------------------------------------------------

CREATE TABLE members (
    account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    email text NOT NULL,
    email_key text NOT NULL,           -- canonical form: lower case, no dots or +tags where the provider ignores them
    unconfirmed_email text,
    confirmed_at timestamptz,
    approved_at timestamptz,
    disabled_at timestamptz,           -- log-in forbidden, posts stay
    password_hash text NOT NULL,
    role text NOT NULL DEFAULT 'member',  -- member, moderator, admin, owner
    locale text NOT NULL DEFAULT 'en',
    sign_up_reason text NOT NULL DEFAULT '',
    sign_up_app_id bigint,
    invite_id bigint,
    default_audience smallint NOT NULL DEFAULT 0,
    default_sensitive boolean NOT NULL DEFAULT false,
    default_language text,
    totp_secret text,                  -- sealed with the server's key
    totp_enabled_at timestamptz,
    totp_last_step bigint NOT NULL DEFAULT 0,  -- a code works once
    preferences jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_on date
);
CREATE UNIQUE INDEX members_email ON members (email_key);
CREATE INDEX members_waiting ON members (created_at) WHERE approved_at IS NULL;

CREATE TABLE apps (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    website text,
    redirect_uris text[] NOT NULL,
    scopes text[] NOT NULL,
    client_id text NOT NULL UNIQUE,
    secret_hash bytea NOT NULL,
    confidential boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
);

-- Authorisation codes: single use; replay revokes the token that the first use gave.
CREATE TABLE codes (
    code_hash bytea PRIMARY KEY,
    app_id bigint NOT NULL REFERENCES apps ON DELETE CASCADE,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    redirect_uri text NOT NULL,
    scopes text[] NOT NULL,
    challenge text,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    token_id bigint
);

CREATE TABLE tokens (
    id bigint PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,  -- SHA-256: the token itself is nowhere
    app_id bigint REFERENCES apps ON DELETE CASCADE,
    account_id bigint REFERENCES accounts ON DELETE CASCADE,  -- null: an app's own token
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
);
CREATE INDEX tokens_account ON tokens (account_id);
CREATE INDEX tokens_app ON tokens (app_id);

-- Browser sessions of the web face.
CREATE TABLE sessions (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key_hash bytea NOT NULL UNIQUE,
    address inet,
    agent text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);

CREATE TABLE recovery_codes (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (account_id, code_hash)
);

CREATE TABLE passkeys (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id bigint NOT NULL,
    credential_id bytea NOT NULL UNIQUE,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL DEFAULT 0,
    name text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    PRIMARY KEY (account_id, id)
);

-- One-time secrets by mail or between two steps of a ceremony (confirm, reset, webauthn challenge, second step).
CREATE TABLE one_time (
    key_hash bytea PRIMARY KEY,
    purpose text NOT NULL,
    account_id bigint REFERENCES accounts ON DELETE CASCADE,
    data jsonb NOT NULL DEFAULT '{}',
    expires_at timestamptz NOT NULL
);
CREATE INDEX one_time_expiry ON one_time (expires_at);

CREATE TABLE invites (
    id bigint PRIMARY KEY,
    account_id bigint REFERENCES accounts ON DELETE CASCADE,
    code_hash bytea NOT NULL UNIQUE,
    max_uses int,
    uses int NOT NULL DEFAULT 0,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Attempts that must be counted exactly and on every machine (log-in, codes, mails per address).
CREATE TABLE attempts (
    key text NOT NULL,
    slot timestamptz NOT NULL,
    count int NOT NULL DEFAULT 0,
    PRIMARY KEY (key, slot)
);

-- Relations -----------------------------------------------------------------------------------------------------------

CREATE TABLE follows (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id bigint NOT NULL,
    show_echoes boolean NOT NULL DEFAULT true,
    notify boolean NOT NULL DEFAULT false,
    languages text[],
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX follows_by_account ON follows (account_id, id);
CREATE INDEX follows_by_target ON follows (target_id, id);
CREATE INDEX follows_notify ON follows (target_id) WHERE notify;

CREATE TABLE follow_requests (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id bigint NOT NULL,
    show_echoes boolean NOT NULL DEFAULT true,
    notify boolean NOT NULL DEFAULT false,
    languages text[],
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX follow_requests_by_target ON follow_requests (target_id, id);

CREATE TABLE blocks (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id bigint NOT NULL,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX blocks_by_account ON blocks (account_id, id);
CREATE INDEX blocks_by_target ON blocks (target_id);

CREATE TABLE mutes (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id bigint NOT NULL,
    notifications boolean NOT NULL DEFAULT true,
    expires_at timestamptz,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX mutes_by_account ON mutes (account_id, id);
CREATE INDEX mutes_by_target ON mutes (target_id);
CREATE INDEX mutes_expiry ON mutes (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE domain_blocks (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    domain text NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (account_id, domain)
);

CREATE TABLE account_notes (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    note text NOT NULL,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX account_notes_by_target ON account_notes (target_id);

CREATE TABLE dismissed_suggestions (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    target_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX dismissed_suggestions_by_target ON dismissed_suggestions (target_id);

-- Media ---------------------------------------------------------------------------------------------------------------

CREATE TABLE media_files (
    hash text PRIMARY KEY,             -- SHA-256 in hex, a dot, the extension of what was encoded
    mime text NOT NULL,
    bytes bigint NOT NULL,
    refs int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX media_files_unused ON media_files (created_at) WHERE refs = 0;

CREATE TABLE media (
    id bigint NOT NULL,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    post_id bigint,
    kind text NOT NULL,                -- image, gifv, video, audio
    state smallint NOT NULL DEFAULT 0,  -- 0 ready, 1 processing, 2 failed
    original text,
    small text,
    remote_url text,
    description text NOT NULL DEFAULT '',
    focus_x real NOT NULL DEFAULT 0,
    focus_y real NOT NULL DEFAULT 0,
    blurhash text,
    meta jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX media_id ON media (id);
CREATE INDEX media_unattached ON media (created_at) WHERE post_id IS NULL;

-- Posts ---------------------------------------------------------------------------------------------------------------

CREATE TABLE posts (
    id bigint NOT NULL,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    audience smallint NOT NULL,        -- 0 public, 1 unlisted, 2 followers, 3 direct
    state smallint NOT NULL DEFAULT 0,  -- 0 published, 1 held: only its author sees it
    thread_id bigint NOT NULL,         -- id of the post that began the conversation
    reply_to_id bigint,
    reply_to_account_id bigint,        -- 0: someone who left for good
    echo_of_id bigint,
    echo_of_account_id bigint,
    mention_ids bigint[] NOT NULL DEFAULT '{}',
    media_ids bigint[] NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    language text,
    sensitive boolean NOT NULL DEFAULT false,
    spoiler text NOT NULL DEFAULT '',
    source text NOT NULL DEFAULT '',   -- as written
    body bytea NOT NULL DEFAULT '',    -- the API's JSON without account, counts and viewer's flags, rendered at write
    app_id bigint,
    uri text,                          -- remote posts only
    pinned_at timestamptz,
    edited_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX posts_id ON posts (id);
CREATE INDEX posts_public ON posts (id)
    WHERE audience = 0 AND state = 0 AND echo_of_id IS NULL
      AND (reply_to_account_id IS NULL OR reply_to_account_id = account_id);
CREATE INDEX posts_thread ON posts (thread_id, id) WHERE echo_of_id IS NULL;
CREATE INDEX posts_media ON posts (account_id, id) WHERE media_ids <> '{}' AND echo_of_id IS NULL;
CREATE INDEX posts_pinned ON posts (account_id, pinned_at) WHERE pinned_at IS NOT NULL;
CREATE UNIQUE INDEX posts_echo_once ON posts (account_id, echo_of_id) WHERE echo_of_id IS NOT NULL;
CREATE INDEX posts_echoes_of ON posts (echo_of_id, id) WHERE echo_of_id IS NOT NULL;
CREATE INDEX posts_direct_by ON posts (account_id, id) WHERE audience = 3;
CREATE INDEX posts_direct_to ON posts USING gin (mention_ids) WHERE audience = 3;
-- What others wrote to or of an account that leaves is found by these two.
CREATE INDEX posts_replies_to ON posts (reply_to_account_id) WHERE reply_to_account_id <> account_id;
CREATE INDEX posts_mentions ON posts USING gin (mention_ids) WHERE mention_ids <> '{}' AND audience <> 3;

CREATE TABLE post_stats (
    post_id bigint PRIMARY KEY,
    account_id bigint NOT NULL,
    replies int NOT NULL DEFAULT 0,
    echoes int NOT NULL DEFAULT 0,
    votes int NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 70);

CREATE TABLE post_edits (
    account_id bigint NOT NULL,
    post_id bigint NOT NULL,
    version int NOT NULL,
    body bytea NOT NULL,               -- the API's StatusEdit without account
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, post_id, version)
);

-- The hashtags that exist. Posts carry the name itself: no row is shared by the writers of a popular tag.
CREATE TABLE tags (
    name text PRIMARY KEY,             -- NFKC, lower case
    display text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tags_prefix ON tags (name text_pattern_ops);

CREATE TABLE post_tags (
    name text NOT NULL,
    post_id bigint NOT NULL,
    account_id bigint NOT NULL,
    PRIMARY KEY (name, post_id)
);
CREATE INDEX post_tags_post ON post_tags (post_id);

CREATE TABLE tag_follows (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name text NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (account_id, name)
);
CREATE INDEX tag_follows_by_account ON tag_follows (account_id, id);

CREATE TABLE post_texts (
    post_id bigint PRIMARY KEY,
    account_id bigint NOT NULL,
    document tsvector NOT NULL
);
CREATE INDEX post_texts_document ON post_texts USING gin (document);
CREATE INDEX post_texts_account ON post_texts (account_id, post_id);

CREATE TABLE votes (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    post_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (account_id, post_id)
);
CREATE INDEX votes_by_post ON votes (post_id, id);
CREATE INDEX votes_by_account ON votes (account_id, id);

CREATE TABLE bookmarks (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    post_id bigint NOT NULL,
    id bigint NOT NULL,
    PRIMARY KEY (account_id, post_id)
);
CREATE INDEX bookmarks_by_account ON bookmarks (account_id, id);
CREATE INDEX bookmarks_by_post ON bookmarks (post_id);

CREATE TABLE thread_mutes (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    thread_id bigint NOT NULL,
    PRIMARY KEY (account_id, thread_id)
);

CREATE TABLE idempotency_keys (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key text NOT NULL,
    post_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

CREATE TABLE emojis (
    shortcode text PRIMARY KEY,
    file text NOT NULL,                -- media_files.hash
    static_file text NOT NULL,
    category text,
    visible boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE rules (
    id bigint PRIMARY KEY,
    position int NOT NULL,
    text jsonb NOT NULL,               -- {"en": …, "fr": …}
    hint jsonb NOT NULL DEFAULT '{}'
);

-- Notifications and markers -------------------------------------------------------------------------------------------

CREATE TABLE notifications (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    id bigint NOT NULL,
    kind text NOT NULL,                -- the API's words: mention, status, reblog, follow, follow_request, favourite, update …
    from_account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    post_id bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id)
);
CREATE UNIQUE INDEX notifications_once ON notifications (account_id, from_account_id, kind, coalesce(post_id, 0));
CREATE INDEX notifications_post ON notifications (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX notifications_from ON notifications (from_account_id);

CREATE TABLE markers (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    timeline text NOT NULL,
    last_read_id bigint NOT NULL,
    version int NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, timeline)
);

-- A worker's sign of life, for health checks.
CREATE TABLE heartbeats (
    name text PRIMARY KEY,
    at timestamptz NOT NULL
);

-- Who may see a post: the twin of posts/visibility.py `may_see`. `viewer` is null for a visitor. An echo asks for the echoed
-- post as well.
CREATE FUNCTION may_see(
    viewer bigint, author bigint, post_audience smallint, post_state smallint, mentioned bigint[]
) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT (SELECT state = 0 FROM accounts WHERE id = author) AND CASE
        WHEN viewer IS NULL THEN post_state = 0 AND post_audience <= 1
        WHEN author = viewer THEN true
        WHEN post_state <> 0 THEN false
        WHEN EXISTS (SELECT FROM blocks WHERE account_id = author AND target_id = viewer) THEN false
        WHEN post_audience <= 1 OR viewer = ANY(mentioned) THEN true
        ELSE post_audience = 2 AND EXISTS (SELECT FROM follows WHERE account_id = viewer AND target_id = author)
    END
$$;
