-- contract: DO
DO $$ BEGIN EXECUTE 'create schema x'; END $$;
