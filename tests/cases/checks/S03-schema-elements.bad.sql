-- expect: outside-schema
-- contract: CREATE SCHEMA
CREATE SCHEMA evil CREATE TABLE t (id int);
