-- expect: opaque
CREATE INDEX i ON app.t (public.w(a));
