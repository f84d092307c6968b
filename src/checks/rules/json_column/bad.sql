CREATE TABLE app.t (meta json);
