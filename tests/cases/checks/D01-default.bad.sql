-- expect: opaque
ALTER TABLE app.t ADD COLUMN c int DEFAULT evil(1);
