-- expect: not-in-transaction, not-allowed
ALTER SYSTEM SET work_mem = '1GB';
