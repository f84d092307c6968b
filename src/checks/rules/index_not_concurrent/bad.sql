CREATE INDEX t_c ON app.t (c);
