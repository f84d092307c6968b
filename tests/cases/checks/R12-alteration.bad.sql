-- expect: risky-alteration
ALTER TABLE app.t DISABLE ROW LEVEL SECURITY;
