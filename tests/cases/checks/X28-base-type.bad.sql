-- expect: opaque
CREATE TYPE app.t (INPUT = evil.f, OUTPUT = evil.g);
