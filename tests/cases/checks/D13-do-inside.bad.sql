-- expect: not-allowed
-- contract: DO
DO $$ begin delete from app.t; drop function app.f(); end $$;
