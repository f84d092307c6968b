CREATE TABLE app.t (c int);
ALTER TABLE app.t ALTER COLUMN c TYPE bigint;
