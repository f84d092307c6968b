-- expect: opaque
CREATE DOMAIN app.d AS int CHECK (evil(value) = 1);
