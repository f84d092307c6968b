-- expect: opaque, not-allowed
CALL app.p();
