ALTER TABLE public.versions DROP CONSTRAINT positive;
ALTER TABLE public.versions DROP COLUMN parsed;
DROP FUNCTION public.minor(text);
DROP FUNCTION public.parse(text);
DROP TYPE public.triple;
