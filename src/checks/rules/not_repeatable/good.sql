-- contract: permit not in transaction
ALTER TABLE app.t ADD COLUMN IF NOT EXISTS c text;
CREATE INDEX CONCURRENTLY IF NOT EXISTS t_c_idx ON app.t (c);
