CREATE TABLE app.t (c int, EXCLUDE USING gist (c WITH =));
