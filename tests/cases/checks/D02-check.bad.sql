-- expect: opaque
ALTER TABLE app.t ADD CONSTRAINT c CHECK (evil(2) = 1);
