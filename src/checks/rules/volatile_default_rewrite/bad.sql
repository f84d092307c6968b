ALTER TABLE app.t ADD COLUMN c uuid DEFAULT gen_random_uuid();
