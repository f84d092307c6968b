-- expect: function-language, opaque
CREATE FUNCTION app.f() RETURNS int LANGUAGE c AS '$libdir/x', 'f';
