DROP INDEX public.i, public.j, public.k, public.l;
