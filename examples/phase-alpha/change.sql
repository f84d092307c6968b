-- Phase alpha: who vouches for a unit, in which format its address is written, and other names for an address.
-- Operations a to i, in the order they depend on each other, all or nothing.

BEGIN;

-- d: every unit states the format of its address
ALTER TABLE public.tac_logical_unit
    ADD COLUMN canonical_address_format_version text NOT NULL DEFAULT 'canonical-address-v1';

-- a: the authority of a unit, without a default so that the backfill decides about the rows that exist
ALTER TABLE public.tac_logical_unit ADD COLUMN authority text;

-- b: backfill from the lifecycle; the trigger of the table stamps updated_at on every row it touches
UPDATE public.tac_logical_unit
SET authority = CASE lifecycle_status
    WHEN 'draft_only' THEN 'draft'
    WHEN 'active' THEN 'enacted'
    WHEN 'retired' THEN 'enacted'
END
WHERE authority IS NULL;

-- c: from now on a new unit is a draft
ALTER TABLE public.tac_logical_unit ALTER COLUMN authority SET DEFAULT 'draft';

-- g: the sandbox states the format too
ALTER TABLE sandbox_tac.logical_unit
    ADD COLUMN canonical_address_format_version text NOT NULL DEFAULT 'canonical-address-v1';

-- e, f: the sandbox gets the column and the default, its rows stay NULL
ALTER TABLE sandbox_tac.logical_unit ADD COLUMN authority text;
ALTER TABLE sandbox_tac.logical_unit ALTER COLUMN authority SET DEFAULT 'draft';

-- h: other names for an address; a soft reference, no foreign key, no check
CREATE TABLE cutter_governance.canonical_address_alias (
    alias_id uuid NOT NULL,
    alias_text text NOT NULL,
    alias_kind text NOT NULL,
    target_unit_id uuid NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    reason text,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT canonical_address_alias_pkey PRIMARY KEY (alias_id)
);

-- i: the four ways it is looked up
CREATE INDEX canonical_address_alias_alias_text_idx
    ON cutter_governance.canonical_address_alias (alias_text);
CREATE INDEX canonical_address_alias_target_unit_id_idx
    ON cutter_governance.canonical_address_alias (target_unit_id);
CREATE INDEX canonical_address_alias_alias_kind_idx
    ON cutter_governance.canonical_address_alias (alias_kind);
CREATE INDEX canonical_address_alias_validity_window_idx
    ON cutter_governance.canonical_address_alias (valid_from, valid_to);

COMMIT;
