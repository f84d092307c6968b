-- expect: dynamic-sql, not-allowed
EXECUTE p;
