-- expect: meta-command
CREATE TABLE app.t (id int); \! id
