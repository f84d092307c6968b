-- contract: CREATE SCHEMA
CREATE SCHEMA app CREATE TABLE t (id int);
