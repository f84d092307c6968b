-- expect: function-language
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SET role TO postgres RETURN 1;
