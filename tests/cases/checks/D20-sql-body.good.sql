CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS $$ select abs($1) + 1 $$;
