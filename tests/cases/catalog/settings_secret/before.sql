DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET app.token = ''secret''', current_database()); END $$;
