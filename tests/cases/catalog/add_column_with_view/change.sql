ALTER TABLE public.t ADD d text; CREATE VIEW public.v AS SELECT id, d FROM public.t; CREATE INDEX t_d ON public.t (d, b);
