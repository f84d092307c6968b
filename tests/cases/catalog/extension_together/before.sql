CREATE EXTENSION citext SCHEMA public;
CREATE TABLE public.u (id int, email public.citext UNIQUE DEFAULT 'x');
CREATE INDEX e ON public.u ((email::text));
CREATE FUNCTION public.f(public.citext) RETURNS int LANGUAGE sql AS 'SELECT 1';
