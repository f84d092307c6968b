ALTER TABLE public.p ADD x int; ALTER TABLE public.p ADD CONSTRAINT k CHECK (a > 0);
