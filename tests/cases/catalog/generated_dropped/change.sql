DROP VIEW public.big; ALTER TABLE public.box DROP COLUMN a; DROP FUNCTION public.area(int, int);
