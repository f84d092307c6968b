-- expect: opaque, not-allowed
SELECT lo_export(1, '/f');
