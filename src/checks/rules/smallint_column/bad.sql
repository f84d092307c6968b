CREATE TABLE app.t (id smallint PRIMARY KEY);
