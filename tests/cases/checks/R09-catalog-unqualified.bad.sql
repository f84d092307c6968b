-- expect: system-catalog-write, unqualified-name
UPDATE pg_class SET relname = 'x';
