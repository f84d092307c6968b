-- expect: opaque
CREATE TABLE app.t (c int, EXCLUDE USING gist (c WITH OPERATOR(evil.=)));
