CREATE TYPE app.t AS (a int);
