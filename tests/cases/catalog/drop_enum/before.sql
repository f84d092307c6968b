DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TYPE public.e AS ENUM ('a', 'it''s'); COMMENT ON TYPE public.e IS 'x'; ALTER TYPE public.e OWNER TO app; REVOKE USAGE ON TYPE public.e FROM PUBLIC;
