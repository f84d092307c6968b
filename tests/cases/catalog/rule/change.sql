DROP RULE q ON public.t; ALTER TABLE public.t DISABLE RULE r;
