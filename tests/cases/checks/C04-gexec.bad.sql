-- expect: meta-command
UPDATE app.t SET a = 1 WHERE id = 2 RETURNING 'create table x()' \gexec
