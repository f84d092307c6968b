\i other.sql
CREATE TABLE app.t (id int);
