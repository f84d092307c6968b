-- expect: meta-command
INSERT INTO app.t VALUES (1) \g | cat
