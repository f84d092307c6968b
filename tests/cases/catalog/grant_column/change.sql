GRANT SELECT (a), UPDATE (a, b) ON public.t TO reader;
