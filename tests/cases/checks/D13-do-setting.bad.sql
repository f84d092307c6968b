-- expect: session-setting
-- contract: DO
DO $$ begin set role postgres; end $$;
