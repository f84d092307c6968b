DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE public.t (a int, b int, c text);
CREATE TABLE public.u (a int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE public.t, public.u WITH (publish = 'insert, delete', publish_via_partition_root = true); CREATE PUBLICATION everything FOR ALL TABLES; COMMENT ON PUBLICATION p IS 'x'; ALTER PUBLICATION everything OWNER TO postgres;
