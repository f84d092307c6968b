CREATE DOMAIN public.d AS int; CREATE TABLE public.t (id int PRIMARY KEY, v public.d);
CREATE FUNCTION public.known(x int) RETURNS boolean LANGUAGE sql BEGIN ATOMIC SELECT EXISTS (SELECT FROM public.t WHERE id = x AND v IS NULL); END;
ALTER DOMAIN public.d ADD CONSTRAINT known CHECK (public.known(VALUE)) NOT VALID; 
