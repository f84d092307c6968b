ALTER TABLE app.t ADD COLUMN c text;
UPDATE app.t SET c = 'x' WHERE id > 0;
