-- What was decided is found again: texts by their likeness, media by their hashes. Neither keeps the text or the picture.

-- Texts that were decided. The latest decision on a text counts.
CREATE TABLE decided_texts (
    id bigint PRIMARY KEY,
    text_key bytea NOT NULL UNIQUE,    -- BLAKE2b (16 bytes) of the normalised text
    violation boolean NOT NULL,        -- false: it was allowed
    category text NOT NULL,
    sketch bytea NOT NULL,             -- hashes of its pieces: see moderation/signals/sketch.py; empty: equality only
    decision_id bigint,
    subject_id bigint,
    decided_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX decided_texts_decision ON decided_texts (decision_id);

-- Under which values a text is looked for; the lowest bit is 1 for a violation. No foreign key: it would want an index on
-- text_id as large as the table, and what removes a text knows its bands from the sketch.
CREATE TABLE decided_bands (
    band bigint NOT NULL,
    text_id bigint NOT NULL,
    PRIMARY KEY (band, text_id)
);

-- Hashes of uploads, under the name of the file that was stored for them. Two uploads that were stored as the same file
-- leave both their digests.
CREATE TABLE media_hashes (
    file text NOT NULL REFERENCES media_files ON DELETE CASCADE,
    kind text NOT NULL,                -- sha256, md5 (of the bytes as uploaded), pdq (of a frame as decoded)
    hash bytea NOT NULL,
    quality smallint NOT NULL DEFAULT 100,  -- of a pdq: 0 to 100
    PRIMARY KEY (file, kind, hash)
);

-- Lists of hashes of known media.
CREATE TABLE hash_lists (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    category text NOT NULL,            -- minors, terrorism, intimate, other
    source text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, category)
);

-- Digests: SHA-256 has 32 bytes, MD5 16.
CREATE TABLE listed_digests (
    digest bytea NOT NULL,
    list_id bigint NOT NULL REFERENCES hash_lists ON DELETE CASCADE,
    decision_id bigint,
    PRIMARY KEY (digest, list_id)
);
CREATE INDEX listed_digests_list ON listed_digests (list_id);
CREATE INDEX listed_digests_decision ON listed_digests (decision_id) WHERE decision_id IS NOT NULL;

CREATE TABLE listed_pictures (
    hash bit(256) NOT NULL,            -- PDQ
    list_id bigint NOT NULL REFERENCES hash_lists ON DELETE CASCADE,
    decision_id bigint,
    PRIMARY KEY (list_id, hash)
);
CREATE INDEX listed_pictures_decision ON listed_pictures (decision_id) WHERE decision_id IS NOT NULL;

-- The sixteen words of a PDQ hash, each with its place in the bits above: what two hashes share, at a distance of 31 or
-- less, is at least one word but for one bit.
CREATE FUNCTION pdq_words(hash bit) RETURNS int[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY[
        substring(hash FROM 1 FOR 16)::bit(16)::int,
        1 << 16 | substring(hash FROM 17 FOR 16)::bit(16)::int,
        2 << 16 | substring(hash FROM 33 FOR 16)::bit(16)::int,
        3 << 16 | substring(hash FROM 49 FOR 16)::bit(16)::int,
        4 << 16 | substring(hash FROM 65 FOR 16)::bit(16)::int,
        5 << 16 | substring(hash FROM 81 FOR 16)::bit(16)::int,
        6 << 16 | substring(hash FROM 97 FOR 16)::bit(16)::int,
        7 << 16 | substring(hash FROM 113 FOR 16)::bit(16)::int,
        8 << 16 | substring(hash FROM 129 FOR 16)::bit(16)::int,
        9 << 16 | substring(hash FROM 145 FOR 16)::bit(16)::int,
        10 << 16 | substring(hash FROM 161 FOR 16)::bit(16)::int,
        11 << 16 | substring(hash FROM 177 FOR 16)::bit(16)::int,
        12 << 16 | substring(hash FROM 193 FOR 16)::bit(16)::int,
        13 << 16 | substring(hash FROM 209 FOR 16)::bit(16)::int,
        14 << 16 | substring(hash FROM 225 FOR 16)::bit(16)::int,
        15 << 16 | substring(hash FROM 241 FOR 16)::bit(16)::int
    ]
$$;
-- No list of pending entries: every look-up would have to read through it.
CREATE INDEX listed_pictures_words ON listed_pictures USING gin (pdq_words(hash)) WITH (fastupdate = off);

-- After a long list came or went the planner must know at once, not when the server next looks for itself.
CREATE FUNCTION analyze_hash_lists() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    ANALYZE listed_digests, listed_pictures;
END
$$;
