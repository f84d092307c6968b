-- expect: not-allowed, outside-schema
CREATE SCHEMA evil;
