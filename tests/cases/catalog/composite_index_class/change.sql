CREATE INDEX i ON public.t (c, r, e, n, ch, i, d); CREATE INDEX j ON public.t USING gist (r); CREATE INDEX k ON public.t USING gin (e);
