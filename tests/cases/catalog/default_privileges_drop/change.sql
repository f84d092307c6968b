DROP FUNCTION public.f(); DROP TABLE public.t;
