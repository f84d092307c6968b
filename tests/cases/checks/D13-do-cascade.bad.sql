-- expect: cascade
-- contract: DO
DO $$ begin drop table app.t cascade; end $$;
