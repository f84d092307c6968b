ALTER TABLE app.t ADD COLUMN a text, ADD COLUMN b text;
