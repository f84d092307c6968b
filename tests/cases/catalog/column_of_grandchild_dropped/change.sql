DROP VIEW public.w; ALTER TABLE public.p DROP COLUMN b;
