-- What members report to the moderators, and how each subject of a report stands.
CREATE TABLE reports (
    id bigint PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,  -- who reports: moderators alone see it
    target_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,   -- who is reported
    post_ids bigint[] NOT NULL DEFAULT '{}',  -- none: the account itself
    category text NOT NULL,            -- spam, legal, violation, other
    rule_ids text[] NOT NULL DEFAULT '{}',  -- of the policy, or of the table rules
    comment text NOT NULL DEFAULT '',
    forwarded boolean NOT NULL DEFAULT false,
    outcome text,                      -- null: open; helpful, unhelpful
    decided_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reports_target ON reports (target_id, id);
CREATE INDEX reports_record ON reports (account_id, outcome);

-- A version of a post that was held when its author changed it: nobody ever decided that others may see it.
ALTER TABLE post_edits ADD COLUMN held boolean NOT NULL DEFAULT false;

-- A post, or an account, that a report names: open until its case is decided, once for each reporter.
CREATE TABLE report_subjects (
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    subject_id bigint NOT NULL,
    account_id bigint NOT NULL,        -- who reports
    open boolean NOT NULL DEFAULT true,
    marks text[] NOT NULL DEFAULT '{}',  -- what a rule did to the post at this report: blur, limit, label
    marked_at timestamptz,
    PRIMARY KEY (report_id, subject_id)
);
CREATE UNIQUE INDEX report_subjects_once ON report_subjects (account_id, subject_id) WHERE open;
CREATE INDEX report_subjects_subject ON report_subjects (subject_id);
