CREATE INDEX i ON app.t (lower(a));
