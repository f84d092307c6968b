CREATE INDEX concurrently_i ON app.t (c);
