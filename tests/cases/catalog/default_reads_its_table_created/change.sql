CREATE TABLE public.t (id int PRIMARY KEY, n bigint NOT NULL, note text);
CREATE FUNCTION public.next_n() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) + 1 FROM public.t; END;
ALTER TABLE public.t ALTER n SET DEFAULT public.next_n();
