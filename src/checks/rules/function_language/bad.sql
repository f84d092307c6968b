-- contract: permit opaque
CREATE FUNCTION app.f() RETURNS int LANGUAGE c AS 'lib', 'f';
