-- contract: SET
SET LOCAL statement_timeout = '60s';
ALTER TABLE app.t ADD COLUMN c text;
