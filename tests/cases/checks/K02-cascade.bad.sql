-- expect: cascade
ALTER TABLE app.t DROP COLUMN c CASCADE;
