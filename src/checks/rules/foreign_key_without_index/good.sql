CREATE TABLE app.t (id bigint PRIMARY KEY, parent bigint REFERENCES app.u (id));
CREATE INDEX t_parent_idx ON app.t (parent, id);
