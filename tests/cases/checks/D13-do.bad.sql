-- expect: dynamic-sql, opaque, not-allowed
DO $$ begin execute 'cre'||'ate schema dyn'; end $$;
