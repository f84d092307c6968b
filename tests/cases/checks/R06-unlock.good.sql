INSERT INTO app.t (note) VALUES ('pg_advisory_unlock_all()');
