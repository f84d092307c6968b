-- contract: permit rename
CREATE TABLE app.t (c int);
ALTER TABLE app.t RENAME COLUMN c TO d;
