ALTER EXTENSION plpgsql ADD FUNCTION app.f(integer);
