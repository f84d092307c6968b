-- expect: cascade
DROP SCHEMA app CASCADE;
