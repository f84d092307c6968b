DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE public.t (a int, b int, c text);
CREATE STATISTICS public.ab (ndistinct, mcv) ON a, b, (lower(c)) FROM public.t; CREATE STATISTICS public.one ON (a + b) FROM public.t; ALTER STATISTICS public.ab SET STATISTICS 50; COMMENT ON STATISTICS public.ab IS 'x'; ALTER STATISTICS public.ab OWNER TO app;
