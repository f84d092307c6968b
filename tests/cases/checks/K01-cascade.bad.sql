-- expect: cascade
DROP TABLE app.t CASCADE;
