ALTER TABLE app.t SET (fillfactor = 70);
