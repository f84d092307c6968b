-- Two empty manifest tables and the one foreign key between them. No rows, no comments, no grants, no defaults.

BEGIN;

CREATE TABLE cutter_governance.manifest_envelope (
    envelope_id uuid NOT NULL,
    manifest_version text NOT NULL,
    doc_code text NOT NULL,
    source_digest text NOT NULL,
    content_digest text NOT NULL,
    unit_count integer NOT NULL,
    section_count integer NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    sealed_at timestamptz,
    superseded_by uuid,
    remarks text,
    CONSTRAINT manifest_envelope_pkey PRIMARY KEY (envelope_id)
);

CREATE TABLE cutter_governance.manifest_unit_block (
    envelope_id uuid NOT NULL,
    unit_local_id text NOT NULL,
    parent_local_id text,
    position integer NOT NULL,
    section_type text NOT NULL,
    title text NOT NULL,
    body text,
    canonical_address text NOT NULL,
    content_digest text NOT NULL,
    authority text,
    attributes jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    CONSTRAINT manifest_unit_block_pkey PRIMARY KEY (envelope_id, unit_local_id),
    CONSTRAINT manifest_unit_block_envelope_id_fkey FOREIGN KEY (envelope_id)
        REFERENCES cutter_governance.manifest_envelope (envelope_id)
);

COMMIT;
