DROP TABLE public.a; DROP TABLE public.p;
