-- contract: SET
SET LOCAL lock_timeout = '5s';
