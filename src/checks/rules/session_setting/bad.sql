-- contract: SET
SET search_path = app;
