DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TRUSTED LANGUAGE mine HANDLER pg_catalog.plpgsql_call_handler INLINE pg_catalog.plpgsql_inline_handler VALIDATOR pg_catalog.plpgsql_validator; COMMENT ON LANGUAGE mine IS 'x'; REVOKE USAGE ON LANGUAGE mine FROM PUBLIC; GRANT USAGE ON LANGUAGE mine TO app;
