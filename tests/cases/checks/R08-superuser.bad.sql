-- expect: not-allowed
ALTER ROLE x SUPERUSER;
