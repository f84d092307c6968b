CREATE DOMAIN public.pos AS int CHECK (VALUE > 0);
CREATE FUNCTION public.area(w int, h int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT w * h';
CREATE TABLE public.box (w public.pos, h public.pos, a int GENERATED ALWAYS AS (public.area(w, h)) STORED, n int);
CREATE INDEX box_a ON public.box (a);
CREATE VIEW public.big AS SELECT w, h, a FROM public.box WHERE a > 100;
