-- The house rules: every version that was ever saved, and which one holds since when.
CREATE TABLE policies (
    version int PRIMARY KEY,
    source text NOT NULL,              -- the file, as written
    sha256 bytea NOT NULL UNIQUE,      -- of the file: the same text is the same version
    shipped boolean NOT NULL,          -- came with the package
    account_id bigint,                 -- who saved it; null: came with the package. No foreign key: who left stays on record
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Append-only: the newest one says which version holds.
CREATE TABLE policy_activations (
    id bigint PRIMARY KEY,
    version int NOT NULL REFERENCES policies,
    account_id bigint,                 -- null: nobody chose, it came with the package
    reason text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX policy_activations_version ON policy_activations (version);
