ALTER TABLE public.t DROP w, DROP x, DROP y;
