-- expect: cascade
TRUNCATE app.t CASCADE;
