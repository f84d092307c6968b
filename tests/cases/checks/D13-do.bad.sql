-- expect: dynamic-sql, not-allowed
DO $$ begin execute 'cre'||'ate schema dyn'; end $$;
