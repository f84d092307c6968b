-- expect: opaque
CREATE TABLE app.x AS SELECT evil();
