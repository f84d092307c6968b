-- expect: opaque
CREATE INDEX i ON app.t (c evil.ops);
