ALTER TABLE app.t ADD COLUMN c timestamptz DEFAULT now();
