-- expect: cascade
ALTER TABLE app.t DROP CONSTRAINT c CASCADE;
