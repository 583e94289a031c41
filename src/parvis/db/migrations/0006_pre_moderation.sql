-- What the gate finds and what people decide: append-only events, and the open cases that they make.

-- The highest probability of any category that the gate found, in thousandths.
ALTER TABLE posts ADD COLUMN risk smallint NOT NULL DEFAULT 0;

-- Everything that moderation saw or did, never changed. What holds now is a projection of it.
CREATE TABLE moderation_events (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,  -- whose subject it is
    subject_kind text NOT NULL,        -- post, profile, name
    subject_id bigint NOT NULL,
    kind text NOT NULL,                -- screened, rescreened, released, upheld, contested, suspended, resumed
    actor_id bigint,                   -- null: the machine
    policy int,                        -- version
    model text NOT NULL DEFAULT '',
    answer text NOT NULL DEFAULT '',   -- publish, hold, refuse
    effects text[] NOT NULL DEFAULT '{}',
    rules text[] NOT NULL DEFAULT '{}',
    note text NOT NULL DEFAULT '',     -- what a person wrote with it
    findings jsonb NOT NULL DEFAULT '{}',  -- signals, failed detectors, evidence; of what was refused also the texts
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX moderation_events_subject ON moderation_events (subject_id, id);
CREATE INDEX moderation_events_account ON moderation_events (account_id, id);

-- One subject under review. A post that is held is in state 1 in its own row; here is why and since when.
CREATE TABLE cases (
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    subject_kind text NOT NULL,
    subject_id bigint NOT NULL,
    open boolean NOT NULL DEFAULT true,
    held boolean NOT NULL DEFAULT false,
    category text NOT NULL DEFAULT '',
    rule text NOT NULL DEFAULT '',
    gravity smallint NOT NULL DEFAULT 0,  -- higher is graver
    risk smallint NOT NULL DEFAULT 0,
    contested_at timestamptz,
    opened_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, subject_kind, subject_id)
);
CREATE INDEX cases_open ON cases (gravity DESC, opened_at) WHERE open;
CREATE INDEX cases_subject ON cases (subject_id);

-- Accounts that a rule suspended until a person has looked: all that they write meanwhile is held.
CREATE TABLE account_holds (
    account_id bigint PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    rule text NOT NULL,
    event_id bigint NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
