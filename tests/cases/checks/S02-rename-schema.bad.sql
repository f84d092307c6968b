-- expect: not-allowed, outside-schema
ALTER SCHEMA app RENAME TO evil;
