-- expect: opaque
UPDATE app.t SET a = 1 WHERE id OPERATOR(evil.=) 1;
