ALTER TABLE app.t ADD COLUMN c text;
UPDATE app.u SET c = 'x' WHERE id > 0;
