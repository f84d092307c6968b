CREATE FUNCTION public.next_n() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT max(n) + 1 FROM public.t; END;
ALTER TABLE public.t ALTER n SET DEFAULT public.next_n();
