CREATE TABLE app.t (name text);
