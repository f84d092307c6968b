-- expect: session-setting
-- contract: RESET
-- contract: permit settings
RESET ROLE;
