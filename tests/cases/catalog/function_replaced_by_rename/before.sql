CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE public.t (id int DEFAULT public.f(1))
