ALTER TABLE app.t ADD COLUMN c int DEFAULT app.evil(1);
