-- expect: session-setting
-- contract: SET
SET LOCAL search_path = app;
