-- expect: opaque
ALTER TABLE app.t ALTER COLUMN a TYPE bigint USING evil(8);
