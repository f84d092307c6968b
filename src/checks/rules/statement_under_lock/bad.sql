BEGIN;
ALTER TABLE app.t ADD COLUMN c text;
UPDATE app.u SET done = true WHERE id = 1;
COMMIT;
