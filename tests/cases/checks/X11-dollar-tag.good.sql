CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS $größe$ SELECT 1 $größe$;
