-- expect: dynamic-sql
-- contract: DO
DO $$ declare r record; begin for r in execute 'select 1' loop null; end loop; end $$;
