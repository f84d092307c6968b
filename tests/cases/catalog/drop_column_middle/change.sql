ALTER TABLE public.t DROP b;
