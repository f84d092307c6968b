CREATE TABLE public.t (id int PRIMARY KEY, c int CONSTRAINT counted NOT NULL);
CREATE FUNCTION public.highest() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT max(c) FROM public.t; END;
ALTER TABLE public.t ALTER c SET DEFAULT public.highest() + 1;
CREATE INDEX ON public.t (c);
