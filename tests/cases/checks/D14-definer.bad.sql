-- expect: function-language
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1;
