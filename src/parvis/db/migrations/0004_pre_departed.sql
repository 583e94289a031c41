-- User names of accounts that were deleted, only by hash: nobody can take one and pass for who had it.
CREATE TABLE departed (
    name_hash bytea PRIMARY KEY,       -- SHA-256 of the name in lower case
    at timestamptz NOT NULL DEFAULT now()
);
