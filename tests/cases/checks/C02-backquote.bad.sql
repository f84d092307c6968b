-- expect: meta-command
\set x `id`
CREATE TABLE app.t (id int);
