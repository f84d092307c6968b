DROP INDEX public.i; CREATE INDEX i ON public.t (a, b);
