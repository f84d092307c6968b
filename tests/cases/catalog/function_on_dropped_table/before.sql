CREATE TABLE public.t (a int); CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql SET search_path = public AS 'SELECT count(*) FROM t';
