DROP TABLE public.c;
