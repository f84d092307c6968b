WITH one AS (SELECT 1 AS id) INSERT INTO app.t (id) SELECT id FROM one;
