-- expect: session-setting
-- contract: SET
-- contract: permit settings
SET ROLE NONE;
