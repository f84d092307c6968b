ALTER TABLE public.p ADD COLUMN b int; CREATE VIEW public.w AS SELECT b FROM public.c; CREATE INDEX i ON public.m (b); ALTER TABLE public.c ALTER b SET DEFAULT 4;
