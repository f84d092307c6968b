-- expect: opaque
-- contract: DO
DO $$ begin perform app.evil(1); end $$;
