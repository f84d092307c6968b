ALTER TABLE public.c RENAME b TO old_b; ALTER TABLE public.p ADD COLUMN b int; CREATE VIEW public.w AS SELECT b, old_b FROM public.c;
