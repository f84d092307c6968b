DROP INDEX public.p_a; ALTER TABLE public.p DROP CONSTRAINT p_pkey; CREATE UNIQUE INDEX p_ka ON public.p (k, a);
