DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''5MB''', current_database()); EXECUTE format('ALTER DATABASE %I SET search_path = a, "B"', current_database()); EXECUTE format('ALTER ROLE app IN DATABASE %I SET statement_timeout = ''3s''', current_database()); EXECUTE format('ALTER ROLE reader IN DATABASE %I SET lock_timeout = 5', current_database()); END $$;
