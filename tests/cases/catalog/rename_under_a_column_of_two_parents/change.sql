ALTER TABLE public.c RENAME b TO old_b; ALTER TABLE public.p ADD COLUMN b int; ALTER TABLE public.q ADD COLUMN b int;
