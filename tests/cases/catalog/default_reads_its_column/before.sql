CREATE TABLE public.t (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 1);
CREATE FUNCTION public.next_n() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT max(n) + 1 FROM public.t; END;
ALTER TABLE public.t ALTER n SET DEFAULT public.next_n();
