CREATE TABLE app.t (id bigint PRIMARY KEY, a text, b text, c text, d text);
CREATE INDEX t_idx ON app.t (a, b, c, d);
