DROP VIEW public.v; DROP FUNCTION public.f; CREATE FUNCTION public.f(a int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1::bigint'; CREATE VIEW public.v AS SELECT public.f(1) AS x;
