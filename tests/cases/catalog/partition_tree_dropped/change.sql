DROP TABLE public.r; DROP TABLE public.m; DROP FUNCTION public.t()
