-- Screening the archive again: a scan, and the parts of it that workers take one by one, each with how far it came.

CREATE TABLE scans (
    id bigint PRIMARY KEY,
    policy int NOT NULL,
    model text NOT NULL,
    dry boolean NOT NULL,
    since bigint NOT NULL,             -- posts from this id on
    until bigint NOT NULL,             -- and below this one: what is newer passed the gate under this policy
    posts bigint NOT NULL,             -- about how many, when it began
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    stopped text NOT NULL DEFAULT ''   -- why it ended before its time
);

CREATE TABLE scan_parts (
    scan_id bigint NOT NULL REFERENCES scans ON DELETE CASCADE,
    part int NOT NULL,
    next bigint NOT NULL,              -- the first id that is not screened yet
    until bigint NOT NULL,
    worker text NOT NULL DEFAULT '',   -- who has it
    seen_at timestamptz,               -- when that one last said so
    done boolean NOT NULL DEFAULT false,
    screened bigint NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0,
    queued bigint NOT NULL DEFAULT 0,
    rules jsonb NOT NULL DEFAULT '{}', -- matches by rule
    examples jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (scan_id, part)
);
