-- expect: risky-alteration
ALTER TABLE app.t DISABLE TRIGGER ALL;
