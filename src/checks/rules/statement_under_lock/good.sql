BEGIN;
UPDATE app.u SET done = true WHERE id = 1;
ALTER TABLE app.t ADD COLUMN c text;
COMMIT;
