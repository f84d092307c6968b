CREATE TYPE public.e AS ENUM ('a'); CREATE TYPE public.c AS (x public.e); CREATE DOMAIN public.d AS public.e DEFAULT 'a';
CREATE TABLE public.t (e public.e DEFAULT 'a', c public.c, d public.d, es public.e[]);
CREATE FUNCTION public.f(public.e, public.t) RETURNS public.c LANGUAGE sql AS 'SELECT NULL::public.c';
