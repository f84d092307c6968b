DROP TABLE public.t
