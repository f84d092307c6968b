-- expect: opaque, unqualified-name
-- contract: DO
DO $$ begin create table d1(); commit; perform 1/0; end $$;
