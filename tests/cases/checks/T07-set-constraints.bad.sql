-- expect: not-allowed
SET CONSTRAINTS ALL DEFERRED;
