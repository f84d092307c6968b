CREATE TYPE public.e AS ENUM ('a','b'); CREATE DOMAIN public.d AS int CHECK (VALUE > 0);
CREATE FUNCTION public.f(x public.e, y public.d[]) RETURNS public.e LANGUAGE sql IMMUTABLE AS 'SELECT x';
CREATE TABLE public.t (id int PRIMARY KEY, e public.e DEFAULT 'a', d public.d, CHECK (public.f(e, ARRAY[d]) = 'a'));
CREATE INDEX t_e ON public.t (public.f(e, ARRAY[d]));
CREATE VIEW public.v AS SELECT public.f(e, ARRAY[d]) FROM public.t;
