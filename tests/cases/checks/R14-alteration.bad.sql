-- expect: risky-alteration
ALTER TABLE app.t INHERIT app.u;
