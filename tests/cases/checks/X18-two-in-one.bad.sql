-- expect: meta-command
CREATE TABLE app.t (id int)\; CREATE SCHEMA evil;
