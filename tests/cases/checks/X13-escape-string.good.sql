INSERT INTO app.t (note) VALUES (E'it\'s; DROP TABLE t; --');
