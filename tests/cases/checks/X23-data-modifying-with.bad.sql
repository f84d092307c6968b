-- expect: outside-schema
WITH x AS (DELETE FROM other.t RETURNING 1) INSERT INTO app.t SELECT * FROM x;
