ALTER TABLE public.c RENAME b TO old_b; ALTER TABLE public.c ADD COLUMN b int; ALTER TABLE public.c INHERIT public.p;
