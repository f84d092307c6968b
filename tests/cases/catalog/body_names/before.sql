SET search_path TO public;
CREATE TYPE public.triple AS (major int, minor int);
CREATE FUNCTION public.bump(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT i + 1';
CREATE TABLE public.versions (id int PRIMARY KEY, num text);
CREATE FUNCTION public.parse(text) RETURNS public.triple LANGUAGE sql IMMUTABLE AS $$ SELECT (split_part($1,'.',1)::int, bump(split_part($1,'.',2)::int))::triple $$;
CREATE FUNCTION public.minor(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (parse($1)).minor; END $$;
INSERT INTO public.versions VALUES (1, '1.2');
ALTER TABLE public.versions ADD COLUMN parsed public.triple GENERATED ALWAYS AS (parse(num)) STORED;
ALTER TABLE public.versions ADD CONSTRAINT positive CHECK (minor(num) > 0);
