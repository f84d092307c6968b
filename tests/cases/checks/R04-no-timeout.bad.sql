-- expect: session-setting
-- contract: SET
SET LOCAL lock_timeout = 0;
