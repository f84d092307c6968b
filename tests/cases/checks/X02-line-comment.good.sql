/* --
CREATE SCHEMA x;
-- */ CREATE TABLE app.t (id int);
