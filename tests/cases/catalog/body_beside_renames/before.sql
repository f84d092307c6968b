CREATE SCHEMA a;
CREATE SCHEMA b;
CREATE TABLE a.t (n int);
CREATE FUNCTION a.f() RETURNS bigint LANGUAGE sql SET search_path TO a AS 'SELECT count(*) FROM a.t';
