-- The registry substrate: 12 tables, 12 primary keys, 8 foreign keys, 4 unique constraints and their comments.
-- Nothing else: no CHECK, no trigger, no DEFAULT, no enum, no index of its own, no GRANT, no rows.

BEGIN;

CREATE TABLE cutter_governance.axis_registry (
    axis_id text NOT NULL,
    label text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT axis_registry_pkey PRIMARY KEY (axis_id)
);

CREATE TABLE cutter_governance.axis_value (
    value_id text NOT NULL,
    axis_id text NOT NULL,
    value_code text NOT NULL,
    label text,
    sort_order integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT axis_value_pkey PRIMARY KEY (value_id),
    CONSTRAINT axis_value_axis_id_value_code_key UNIQUE (axis_id, value_code),
    CONSTRAINT axis_value_axis_id_fkey FOREIGN KEY (axis_id)
        REFERENCES cutter_governance.axis_registry (axis_id)
);

CREATE TABLE cutter_governance.unit_kind_registry (
    unit_kind_id text NOT NULL,
    label text NOT NULL,
    is_leaf boolean NOT NULL,
    profile jsonb,
    created_at timestamptz NOT NULL,
    CONSTRAINT unit_kind_registry_pkey PRIMARY KEY (unit_kind_id)
);

CREATE TABLE cutter_governance.unit_kind_alias (
    alias_id text NOT NULL,
    unit_kind_id text NOT NULL,
    alias_text text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT unit_kind_alias_pkey PRIMARY KEY (alias_id),
    CONSTRAINT unit_kind_alias_alias_text_key UNIQUE (alias_text),
    CONSTRAINT unit_kind_alias_unit_kind_id_fkey FOREIGN KEY (unit_kind_id)
        REFERENCES cutter_governance.unit_kind_registry (unit_kind_id)
);

CREATE TABLE cutter_governance.relation_type_registry (
    relation_type_id text NOT NULL,
    label text NOT NULL,
    is_symmetric boolean NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT relation_type_registry_pkey PRIMARY KEY (relation_type_id)
);

CREATE TABLE cutter_governance.relation_edge (
    edge_id text NOT NULL,
    relation_type_id text NOT NULL,
    axis_id text NOT NULL,
    from_unit text NOT NULL,
    to_unit text NOT NULL,
    attributes jsonb,
    created_at timestamptz NOT NULL,
    CONSTRAINT relation_edge_pkey PRIMARY KEY (edge_id),
    CONSTRAINT relation_edge_relation_type_id_fkey FOREIGN KEY (relation_type_id)
        REFERENCES cutter_governance.relation_type_registry (relation_type_id),
    CONSTRAINT relation_edge_axis_id_fkey FOREIGN KEY (axis_id)
        REFERENCES cutter_governance.axis_registry (axis_id)
);

CREATE TABLE cutter_governance.evidence_kind_registry (
    evidence_kind_id text NOT NULL,
    label text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT evidence_kind_registry_pkey PRIMARY KEY (evidence_kind_id)
);

CREATE TABLE cutter_governance.evidence_link (
    edge_id text NOT NULL,
    evidence_no integer NOT NULL,
    evidence_kind_id text NOT NULL,
    locator text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT evidence_link_pkey PRIMARY KEY (edge_id, evidence_no),
    CONSTRAINT evidence_link_edge_id_fkey FOREIGN KEY (edge_id)
        REFERENCES cutter_governance.relation_edge (edge_id),
    CONSTRAINT evidence_link_evidence_kind_id_fkey FOREIGN KEY (evidence_kind_id)
        REFERENCES cutter_governance.evidence_kind_registry (evidence_kind_id)
);

CREATE TABLE cutter_governance.rule_registry (
    rule_id text NOT NULL,
    label text NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT rule_registry_pkey PRIMARY KEY (rule_id)
);

CREATE TABLE cutter_governance.rule_revision (
    revision_id text NOT NULL,
    rule_id text NOT NULL,
    revision_no integer NOT NULL,
    definition jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT rule_revision_pkey PRIMARY KEY (revision_id),
    CONSTRAINT rule_revision_rule_id_revision_no_key UNIQUE (rule_id, revision_no),
    CONSTRAINT rule_revision_rule_id_fkey FOREIGN KEY (rule_id)
        REFERENCES cutter_governance.rule_registry (rule_id)
);

CREATE TABLE cutter_governance.vocabulary_registry (
    vocabulary_id text NOT NULL,
    label text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT vocabulary_registry_pkey PRIMARY KEY (vocabulary_id)
);

CREATE TABLE cutter_governance.vocabulary_term (
    term_id text NOT NULL,
    vocabulary_id text NOT NULL,
    term text NOT NULL,
    definition text,
    created_at timestamptz NOT NULL,
    CONSTRAINT vocabulary_term_pkey PRIMARY KEY (term_id),
    CONSTRAINT vocabulary_term_vocabulary_id_term_key UNIQUE (vocabulary_id, term),
    CONSTRAINT vocabulary_term_vocabulary_id_fkey FOREIGN KEY (vocabulary_id)
        REFERENCES cutter_governance.vocabulary_registry (vocabulary_id)
);

COMMENT ON TABLE cutter_governance.axis_registry IS 'An axis along which units are classified.';
COMMENT ON TABLE cutter_governance.axis_value IS 'One value an axis can take.';
COMMENT ON TABLE cutter_governance.unit_kind_registry IS 'A kind of unit the cutter may produce.';
COMMENT ON TABLE cutter_governance.unit_kind_alias IS 'Another name under which a unit kind is known.';
COMMENT ON TABLE cutter_governance.relation_type_registry IS 'A type of relation two units may stand in.';
COMMENT ON TABLE cutter_governance.relation_edge IS 'One relation between two units, along an axis.';
COMMENT ON TABLE cutter_governance.evidence_kind_registry IS 'A kind of evidence a relation may rest on.';
COMMENT ON TABLE cutter_governance.evidence_link IS 'The evidence that supports one relation.';
COMMENT ON TABLE cutter_governance.rule_registry IS 'A rule the checker knows by name.';
COMMENT ON TABLE cutter_governance.rule_revision IS 'One numbered wording of a rule.';
COMMENT ON TABLE cutter_governance.vocabulary_registry IS 'A controlled vocabulary.';
COMMENT ON TABLE cutter_governance.vocabulary_term IS 'One term of a controlled vocabulary.';
COMMENT ON COLUMN cutter_governance.relation_edge.from_unit IS 'Address of the unit the relation starts from; a soft reference.';
COMMENT ON COLUMN cutter_governance.relation_edge.to_unit IS 'Address of the unit the relation points to; a soft reference.';

COMMIT;
