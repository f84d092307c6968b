ALTER TABLE app.t ADD CONSTRAINT c CHECK (length(a) = 1);
