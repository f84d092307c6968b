-- expect: opaque
-- contract: DO
DO $$ declare x int := app.evil(1); begin end $$;
