-- expect: meta-command
\copy (select 1) to program 'cat'
CREATE TABLE app.t (id int);
