ALTER TABLE public.child DROP COLUMN extra;
ALTER TABLE public.parent ADD COLUMN extra int;
