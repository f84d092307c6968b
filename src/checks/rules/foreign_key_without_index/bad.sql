CREATE TABLE app.t (id bigint PRIMARY KEY, parent bigint REFERENCES app.u (id));
