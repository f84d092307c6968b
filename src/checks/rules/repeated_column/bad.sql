CREATE TABLE app.t (id bigint PRIMARY KEY, a text, a text);
