-- expect: opaque, not-allowed
SELECT pg_notify('a', 'b');
