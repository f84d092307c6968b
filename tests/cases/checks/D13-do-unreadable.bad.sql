-- expect: opaque
-- contract: DO
DO $$ begin this is no plpgsql; end $$;
