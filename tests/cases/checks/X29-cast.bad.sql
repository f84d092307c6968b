-- expect: opaque
-- contract: CREATE CAST
CREATE CAST (app.t AS int) WITH FUNCTION evil.f(app.t);
