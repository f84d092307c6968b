-- expect: cascade
ALTER TYPE app.t DROP ATTRIBUTE c CASCADE;
