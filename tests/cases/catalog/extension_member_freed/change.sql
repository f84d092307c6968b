ALTER EXTENSION plpgsql DROP FUNCTION app.f(integer);
