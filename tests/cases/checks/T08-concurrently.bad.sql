-- expect: not-in-transaction
CREATE INDEX CONCURRENTLY i ON app.t (c);
