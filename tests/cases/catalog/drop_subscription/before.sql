DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SUBSCRIPTION s CONNECTION 'host=nowhere dbname=d application_name=''it s''' PUBLICATION a, "B" WITH (connect = false, slot_name = NONE, enabled = false, synchronous_commit = local); COMMENT ON SUBSCRIPTION s IS 'x';
