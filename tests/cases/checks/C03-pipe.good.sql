INSERT INTO app.t (note) VALUES ('\g | cat >FILE');
