ALTER TABLE app.t ADD COLUMN owner text;
