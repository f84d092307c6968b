DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE FUNCTION public.less(int, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 < length($2)'; CREATE FUNCTION public.more(text, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT length($1) > $2'; CREATE FUNCTION public.not_less(int, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 >= length($2)'; CREATE FUNCTION public.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
