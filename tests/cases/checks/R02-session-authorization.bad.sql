-- expect: session-setting
-- contract: SET
-- contract: permit settings
SET SESSION AUTHORIZATION DEFAULT;
