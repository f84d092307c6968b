-- expect: number-syntax
ALTER TABLE app.t ALTER COLUMN c SET DEFAULT 1_000;
