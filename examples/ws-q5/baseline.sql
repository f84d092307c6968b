-- A "production" for this example: the governance schema as it stood before the registry substrate.
-- 12 tables, 12 views, 12 primary keys, 19 foreign keys, 2 unique constraints, 1 check constraint.
-- Run it as a superuser on an empty database. `workflow_admin` owns the schema; `directus` may read it and no more.

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'workflow_admin') THEN
        CREATE ROLE workflow_admin LOGIN;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'directus') THEN
        CREATE ROLE directus LOGIN;
    END IF;
END
$$;

BEGIN;

CREATE SCHEMA cutter_governance AUTHORIZATION workflow_admin;
SET ROLE workflow_admin;

CREATE TABLE cutter_governance.cut_change_set (
    change_set_id text NOT NULL,
    parent_change_set_id text,
    doc_code text NOT NULL,
    requested_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    CONSTRAINT cut_change_set_pkey PRIMARY KEY (change_set_id),
    CONSTRAINT cut_change_set_parent_fkey FOREIGN KEY (parent_change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id)
);

CREATE TABLE cutter_governance.cut_change_set_affected_row (
    change_set_id text NOT NULL,
    row_no integer NOT NULL,
    table_name text NOT NULL,
    row_key text NOT NULL,
    before_state jsonb,
    after_state jsonb,
    CONSTRAINT cut_change_set_affected_row_pkey PRIMARY KEY (change_set_id, row_no),
    CONSTRAINT cut_change_set_affected_row_set_fkey FOREIGN KEY (change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id)
);

CREATE TABLE cutter_governance.decision_backlog_entry (
    entry_id text NOT NULL,
    change_set_id text NOT NULL,
    follows_entry_id text,
    question text NOT NULL,
    priority integer NOT NULL,
    raised_at timestamptz NOT NULL,
    CONSTRAINT decision_backlog_entry_pkey PRIMARY KEY (entry_id),
    CONSTRAINT decision_backlog_entry_priority_check CHECK (priority BETWEEN 1 AND 5),
    CONSTRAINT decision_backlog_entry_set_fkey FOREIGN KEY (change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id),
    CONSTRAINT decision_backlog_entry_follows_fkey FOREIGN KEY (follows_entry_id)
        REFERENCES cutter_governance.decision_backlog_entry (entry_id)
);

CREATE TABLE cutter_governance.dot_pair_signature (
    signature_id text NOT NULL,
    change_set_id text NOT NULL,
    left_digest text NOT NULL,
    right_digest text NOT NULL,
    signed_at timestamptz NOT NULL,
    CONSTRAINT dot_pair_signature_pkey PRIMARY KEY (signature_id),
    CONSTRAINT dot_pair_signature_digests_key UNIQUE (left_digest, right_digest),
    CONSTRAINT dot_pair_signature_set_fkey FOREIGN KEY (change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id)
);

CREATE TABLE cutter_governance.verify_result (
    verify_id text NOT NULL,
    change_set_id text NOT NULL,
    signature_id text,
    passed boolean NOT NULL,
    details jsonb,
    verified_at timestamptz NOT NULL,
    CONSTRAINT verify_result_pkey PRIMARY KEY (verify_id),
    CONSTRAINT verify_result_set_fkey FOREIGN KEY (change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id),
    CONSTRAINT verify_result_signature_fkey FOREIGN KEY (signature_id)
        REFERENCES cutter_governance.dot_pair_signature (signature_id)
);

CREATE TABLE cutter_governance.canonical_address_alias (
    alias_id text NOT NULL,
    alias_text text NOT NULL,
    change_set_id text,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    CONSTRAINT canonical_address_alias_pkey PRIMARY KEY (alias_id),
    CONSTRAINT canonical_address_alias_set_fkey FOREIGN KEY (change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id)
);

CREATE TABLE cutter_governance.manifest_envelope (
    envelope_id text NOT NULL,
    change_set_id text NOT NULL,
    content_digest text NOT NULL,
    sealed_at timestamptz,
    CONSTRAINT manifest_envelope_pkey PRIMARY KEY (envelope_id),
    CONSTRAINT manifest_envelope_content_digest_key UNIQUE (content_digest),
    CONSTRAINT manifest_envelope_set_fkey FOREIGN KEY (change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id)
);

CREATE TABLE cutter_governance.manifest_unit_block (
    envelope_id text NOT NULL,
    unit_local_id text NOT NULL,
    alias_id text,
    body jsonb NOT NULL,
    CONSTRAINT manifest_unit_block_pkey PRIMARY KEY (envelope_id, unit_local_id),
    CONSTRAINT manifest_unit_block_envelope_fkey FOREIGN KEY (envelope_id)
        REFERENCES cutter_governance.manifest_envelope (envelope_id),
    CONSTRAINT manifest_unit_block_alias_fkey FOREIGN KEY (alias_id)
        REFERENCES cutter_governance.canonical_address_alias (alias_id)
);

CREATE TABLE cutter_governance.review_decision (
    decision_id text NOT NULL,
    entry_id text NOT NULL,
    envelope_id text,
    verdict text NOT NULL,
    decided_at timestamptz NOT NULL,
    CONSTRAINT review_decision_pkey PRIMARY KEY (decision_id),
    CONSTRAINT review_decision_entry_fkey FOREIGN KEY (entry_id)
        REFERENCES cutter_governance.decision_backlog_entry (entry_id),
    CONSTRAINT review_decision_envelope_fkey FOREIGN KEY (envelope_id)
        REFERENCES cutter_governance.manifest_envelope (envelope_id)
);

CREATE TABLE cutter_governance.gate_run (
    run_id text NOT NULL,
    change_set_id text NOT NULL,
    decision_id text,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    CONSTRAINT gate_run_pkey PRIMARY KEY (run_id),
    CONSTRAINT gate_run_set_fkey FOREIGN KEY (change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id),
    CONSTRAINT gate_run_decision_fkey FOREIGN KEY (decision_id)
        REFERENCES cutter_governance.review_decision (decision_id)
);

CREATE TABLE cutter_governance.gate_run_step (
    run_id text NOT NULL,
    step_no integer NOT NULL,
    verify_id text,
    outcome text NOT NULL,
    CONSTRAINT gate_run_step_pkey PRIMARY KEY (run_id, step_no),
    CONSTRAINT gate_run_step_run_fkey FOREIGN KEY (run_id)
        REFERENCES cutter_governance.gate_run (run_id),
    CONSTRAINT gate_run_step_verify_fkey FOREIGN KEY (verify_id)
        REFERENCES cutter_governance.verify_result (verify_id)
);

CREATE TABLE cutter_governance.custody_receipt (
    receipt_id text NOT NULL,
    run_id text NOT NULL,
    envelope_id text,
    artefact text NOT NULL,
    digest text NOT NULL,
    size_bytes integer NOT NULL,
    CONSTRAINT custody_receipt_pkey PRIMARY KEY (receipt_id),
    CONSTRAINT custody_receipt_run_fkey FOREIGN KEY (run_id)
        REFERENCES cutter_governance.gate_run (run_id),
    CONSTRAINT custody_receipt_envelope_fkey FOREIGN KEY (envelope_id)
        REFERENCES cutter_governance.manifest_envelope (envelope_id)
);

CREATE VIEW cutter_governance.v_open_change_set AS
    SELECT change_set_id, doc_code, requested_by, opened_at
    FROM cutter_governance.cut_change_set WHERE closed_at IS NULL;
CREATE VIEW cutter_governance.v_affected_row_count AS
    SELECT change_set_id, count(*) AS affected_rows
    FROM cutter_governance.cut_change_set_affected_row GROUP BY change_set_id;
CREATE VIEW cutter_governance.v_decision_backlog AS
    SELECT entry_id, question, priority, raised_at FROM cutter_governance.decision_backlog_entry;
CREATE VIEW cutter_governance.v_signature AS
    SELECT signature_id, change_set_id, signed_at FROM cutter_governance.dot_pair_signature;
CREATE VIEW cutter_governance.v_failed_verify AS
    SELECT verify_id, change_set_id, details FROM cutter_governance.verify_result WHERE NOT passed;
CREATE VIEW cutter_governance.v_current_alias AS
    SELECT alias_id, alias_text, valid_from FROM cutter_governance.canonical_address_alias WHERE valid_to IS NULL;
CREATE VIEW cutter_governance.v_sealed_envelope AS
    SELECT envelope_id, content_digest, sealed_at FROM cutter_governance.manifest_envelope WHERE sealed_at IS NOT NULL;
CREATE VIEW cutter_governance.v_envelope_size AS
    SELECT envelope_id, count(*) AS unit_blocks FROM cutter_governance.manifest_unit_block GROUP BY envelope_id;
CREATE VIEW cutter_governance.v_review_decision AS
    SELECT d.decision_id, d.verdict, e.question
    FROM cutter_governance.review_decision d
    JOIN cutter_governance.decision_backlog_entry e ON e.entry_id = d.entry_id;
CREATE VIEW cutter_governance.v_running_gate AS
    SELECT run_id, change_set_id, started_at FROM cutter_governance.gate_run WHERE finished_at IS NULL;
CREATE VIEW cutter_governance.v_gate_outcome AS
    SELECT run_id, outcome, count(*) AS steps FROM cutter_governance.gate_run_step GROUP BY run_id, outcome;
CREATE VIEW cutter_governance.v_custody AS
    SELECT r.receipt_id, r.artefact, r.digest, g.change_set_id
    FROM cutter_governance.custody_receipt r
    JOIN cutter_governance.gate_run g ON g.run_id = r.run_id;

GRANT USAGE ON SCHEMA cutter_governance TO directus;
GRANT SELECT ON ALL TABLES IN SCHEMA cutter_governance TO directus;

RESET ROLE;
COMMIT;
