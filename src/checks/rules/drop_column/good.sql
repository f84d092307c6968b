CREATE TABLE app.t (c int, d int);
ALTER TABLE app.t DROP COLUMN c;
