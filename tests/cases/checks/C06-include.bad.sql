-- expect: meta-command
\i other.sql
\c other
CREATE TABLE app.t (id int);
