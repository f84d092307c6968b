-- expect: dynamic-sql, opaque
-- contract: PREPARE
PREPARE p AS SELECT evil();
