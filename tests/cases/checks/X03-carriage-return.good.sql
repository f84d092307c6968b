INSERT INTO app.t (note) VALUES (E'one\r\ntwo');
