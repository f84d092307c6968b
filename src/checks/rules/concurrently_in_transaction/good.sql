-- contract: permit not in transaction
CREATE INDEX CONCURRENTLY t_c_idx ON app.t (c);
