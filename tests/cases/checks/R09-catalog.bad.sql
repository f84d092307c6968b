-- expect: system-catalog-write, outside-schema
UPDATE pg_catalog.pg_class SET relname = 'x';
