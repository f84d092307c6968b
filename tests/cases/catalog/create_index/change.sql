CREATE INDEX i ON public.t (a, b DESC); CREATE UNIQUE INDEX j ON public.t (lower(a)) WHERE b > 0; COMMENT ON INDEX public.i IS 'x'; ALTER TABLE public.t CLUSTER ON i;
