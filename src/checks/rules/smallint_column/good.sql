CREATE TABLE app.t (id bigint PRIMARY KEY);
