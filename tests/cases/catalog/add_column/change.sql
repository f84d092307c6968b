ALTER TABLE public.t ADD d text, ADD e text NOT NULL DEFAULT 'draft', ADD f int GENERATED ALWAYS AS (b * 2) STORED;
