ALTER TABLE public.p ADD COLUMN b int; CREATE TABLE public.c (x int) INHERITS (public.p); CREATE VIEW public.v AS SELECT b FROM public.c; CREATE INDEX i ON public.c (b);
