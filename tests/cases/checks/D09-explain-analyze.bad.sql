-- expect: opaque, not-allowed
EXPLAIN ANALYZE SELECT app.evil();
