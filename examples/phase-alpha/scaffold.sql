-- Dry run only, never shipped: the tables the change touches, with as many rows as production has, and the trigger that
-- fires on the backfill; otherwise an empty cluster could show neither the backfill nor its side effect.

CREATE SCHEMA cutter_governance;
CREATE SCHEMA sandbox_tac;

CREATE TABLE public.tac_logical_unit (
    id uuid NOT NULL,
    doc_code text NOT NULL,
    parent_id uuid,
    section_type text NOT NULL,
    title text NOT NULL,
    body text,
    sort_order integer NOT NULL,
    canonical_address text NOT NULL,
    lifecycle_status text NOT NULL,
    identity_profile jsonb,
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT tac_logical_unit_pkey PRIMARY KEY (id)
);

CREATE FUNCTION public.trg_tac_birth_gate_lu() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

CREATE TRIGGER trg_tac_birth_gate_lu BEFORE UPDATE ON public.tac_logical_unit
    FOR EACH ROW EXECUTE FUNCTION public.trg_tac_birth_gate_lu();

CREATE TABLE sandbox_tac.logical_unit (
    id uuid NOT NULL,
    doc_code text NOT NULL,
    parent_id uuid,
    section_type text NOT NULL,
    title text NOT NULL,
    body text,
    sort_order integer NOT NULL,
    canonical_address text NOT NULL,
    lifecycle_status text NOT NULL,
    identity_profile jsonb,
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT logical_unit_pkey PRIMARY KEY (id)
);

CREATE TABLE cutter_governance.cut_change_set (
    change_set_id uuid NOT NULL,
    doc_code text NOT NULL,
    requested_by text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    CONSTRAINT cut_change_set_pkey PRIMARY KEY (change_set_id)
);

CREATE TABLE cutter_governance.cut_change_set_affected_row (
    change_set_id uuid NOT NULL,
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
    entry_id uuid NOT NULL,
    change_set_id uuid,
    question text NOT NULL,
    priority integer NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT decision_backlog_entry_pkey PRIMARY KEY (entry_id),
    CONSTRAINT decision_backlog_entry_set_fkey FOREIGN KEY (change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id)
);

CREATE TABLE cutter_governance.dot_pair_signature (
    signature_id uuid NOT NULL,
    change_set_id uuid NOT NULL,
    left_digest text NOT NULL,
    right_digest text NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT dot_pair_signature_pkey PRIMARY KEY (signature_id),
    CONSTRAINT dot_pair_signature_set_fkey FOREIGN KEY (change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id)
);

CREATE TABLE cutter_governance.verify_result (
    verify_id uuid NOT NULL,
    change_set_id uuid NOT NULL,
    passed boolean NOT NULL,
    details jsonb,
    verified_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT verify_result_pkey PRIMARY KEY (verify_id),
    CONSTRAINT verify_result_set_fkey FOREIGN KEY (change_set_id)
        REFERENCES cutter_governance.cut_change_set (change_set_id)
);

INSERT INTO public.tac_logical_unit
    (id, doc_code, section_type, title, sort_order, canonical_address, lifecycle_status, created_at, updated_at)
SELECT
    md5('unit-' || n)::uuid, 'DOC-' || (n % 7 + 1), 'article', 'Unit ' || n, n,
        'doc-' || (n % 7 + 1) || '/unit-' || n, 'draft_only', timestamptz '2026-03-01 08:00:00+00',
        timestamptz '2026-05-01 09:00:00+00' + (n % 3) * interval '1 day'
FROM generate_series(1, 86) AS n;

INSERT INTO sandbox_tac.logical_unit
    (id, doc_code, section_type, title, sort_order, canonical_address, lifecycle_status, created_at, updated_at)
SELECT
    md5('sandbox-' || n)::uuid, 'DOC-' || (n % 7 + 1), 'article', 'Unit ' || n, n,
        'doc-' || (n % 7 + 1) || '/unit-' || n, 'draft_only', timestamptz '2026-03-01 08:00:00+00',
        timestamptz '2026-05-01 09:00:00+00' + (n % 2) * interval '1 day'
FROM generate_series(1, 76) AS n;
