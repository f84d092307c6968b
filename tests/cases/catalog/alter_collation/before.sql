DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE COLLATION public.plain (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX'); COMMENT ON COLLATION public.plain IS 'x'; ALTER COLLATION public.plain OWNER TO app;
