-- expect: not-allowed, outside-schema
CREATE EXTENSION dblink;
