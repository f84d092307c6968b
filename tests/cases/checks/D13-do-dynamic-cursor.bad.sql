-- expect: dynamic-sql
-- contract: DO
DO $$ declare c refcursor; begin open c for execute 'select 1'; end $$;
