CREATE TABLE app.t (c int);
CREATE INDEX t_c ON app.t (c);
