CREATE TABLE app.t ("cast" text DEFAULT CAST(1 AS text));
