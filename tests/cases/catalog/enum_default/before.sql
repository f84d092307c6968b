CREATE TYPE public.mood AS ENUM ('sad','ok');
CREATE TABLE public.person (id int PRIMARY KEY, m public.mood DEFAULT 'ok', ms public.mood[] DEFAULT '{sad}');
CREATE VIEW public.sad AS SELECT id FROM public.person WHERE m = 'sad';
CREATE FUNCTION public.f(x public.mood DEFAULT 'sad') RETURNS public.mood LANGUAGE sql AS 'SELECT x';
CREATE INDEX pi ON public.person (m) WHERE m = 'ok';
