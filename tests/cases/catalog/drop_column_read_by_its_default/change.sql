ALTER TABLE public.t ALTER c DROP DEFAULT;
DROP FUNCTION public.highest();
ALTER TABLE public.t DROP c;
