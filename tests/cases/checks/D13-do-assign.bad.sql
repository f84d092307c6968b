-- expect: opaque
-- contract: DO
DO $$ declare x int; begin x := app.evil(1); end $$;
