ALTER TABLE public.p DETACH PARTITION public.c; DROP INDEX public.c_third
