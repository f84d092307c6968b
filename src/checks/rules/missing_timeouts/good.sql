-- contract: SET
SET LOCAL lock_timeout = '5s';
ALTER TABLE app.t ADD COLUMN c int;
