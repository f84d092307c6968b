ALTER TABLE public.t DROP c;
DROP FUNCTION public.highest();
