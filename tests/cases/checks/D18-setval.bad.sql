-- expect: opaque, not-allowed
SELECT setval('app.s', 1);
