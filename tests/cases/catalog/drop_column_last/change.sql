ALTER TABLE public.t DROP c;
