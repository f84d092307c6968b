-- expect: risky-alteration
ALTER TABLE app.t RENAME TO u;
