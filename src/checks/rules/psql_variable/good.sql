INSERT INTO app.t (id, n) SELECT id::int, a[1:2] FROM app.s;
