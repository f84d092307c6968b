ALTER FUNCTION public.f(int) RENAME TO f_old; CREATE FUNCTION public.f(int) RETURNS int LANGUAGE sql AS 'SELECT 2'; ALTER TABLE public.t ALTER id SET DEFAULT public.f(2)
