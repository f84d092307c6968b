CREATE TABLE public.t (id int PRIMARY KEY, c int);
CREATE FUNCTION public.highest() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT max(c) FROM public.t; END;
ALTER TABLE public.t ALTER c SET DEFAULT public.highest() + 1;
COMMENT ON COLUMN public.t.c IS 'counts itself';
INSERT INTO public.t VALUES (1, 1);
