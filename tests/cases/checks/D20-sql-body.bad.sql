-- expect: opaque
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS $$ select app.evil(1) $$;
