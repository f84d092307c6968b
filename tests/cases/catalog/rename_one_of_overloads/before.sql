CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION public.f(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2';
CREATE TABLE public.t (a int DEFAULT public.f(1), b int DEFAULT public.f('x'::text), CHECK (public.f(a) > public.f('y'::text)));
CREATE VIEW public.v AS SELECT public.f(a) AS f, public.f('z'::text) AS g FROM public.t;
