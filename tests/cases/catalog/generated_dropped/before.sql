CREATE FUNCTION public.area(w int, h int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT w * h';
CREATE TABLE public.box (w int, h int, a int GENERATED ALWAYS AS (public.area(w, h)) STORED);
CREATE INDEX box_a ON public.box (a) WHERE a > 3;
CREATE VIEW public.big AS SELECT w, a FROM public.box WHERE a > 100;
CREATE STATISTICS public.st ON w, a FROM public.box;
