-- expect: opaque, not-allowed
SELECT pg_advisory_unlock_all();
