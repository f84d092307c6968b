CREATE INDEX t_id ON app.t (id);
