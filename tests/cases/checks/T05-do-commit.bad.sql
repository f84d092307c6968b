-- expect: dynamic-sql, opaque
-- contract: DO
DO $$ begin create table d1(); commit; perform 1/0; end $$;
