CREATE DOMAIN public.email AS varchar(100) CHECK (VALUE ~ '@');
CREATE TABLE public.t (id int, e varchar(100)); CREATE TABLE public.w (id int, e public.email);
CREATE VIEW public.v AS SELECT t.e FROM public.t JOIN public.w USING (id);
CREATE FUNCTION public.f(public.email) RETURNS public.email LANGUAGE sql AS 'SELECT $1';
