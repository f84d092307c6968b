ALTER TABLE public.c ADD COLUMN b int; ALTER TABLE public.p ADD COLUMN b int;
