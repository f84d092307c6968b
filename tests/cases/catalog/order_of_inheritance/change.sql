ALTER TABLE public.c NO INHERIT public.p; ALTER TABLE public.c INHERIT public.p;
