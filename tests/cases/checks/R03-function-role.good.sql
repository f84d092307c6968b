CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SET search_path = pg_catalog AS $$ SELECT 1 $$;
