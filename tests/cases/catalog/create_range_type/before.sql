DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE FUNCTION public.diff(x float8, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT x - y';
