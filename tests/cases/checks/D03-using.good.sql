ALTER TABLE app.t ALTER COLUMN a TYPE bigint USING a::bigint;
