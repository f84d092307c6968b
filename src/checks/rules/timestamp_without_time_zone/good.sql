CREATE TABLE app.t (at timestamptz);
