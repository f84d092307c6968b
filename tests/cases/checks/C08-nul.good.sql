INSERT INTO app.t (note) VALUES ('\0 is no NUL');
