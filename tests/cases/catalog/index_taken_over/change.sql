CREATE INDEX p_a ON public.p (a); ALTER TABLE public.p ADD CONSTRAINT p_u UNIQUE (k, a);
