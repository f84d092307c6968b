ALTER TABLE public.t RENAME TO t_old; CREATE VIEW public.t AS SELECT id FROM public.t_old;
