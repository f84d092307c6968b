CREATE TABLE public.t (id int PRIMARY KEY, c int);
CREATE FUNCTION public.highest() RETURNS int LANGUAGE sql AS 'SELECT count(c)::int FROM public.t';
ALTER TABLE public.t ALTER c SET DEFAULT public.highest() + 1, ALTER c SET NOT NULL;
INSERT INTO public.t VALUES (1), (2);
