ALTER TABLE public.t DROP CONSTRAINT t_a_key; DROP INDEX public.i;
