CREATE TYPE public.c AS (a int, b text COLLATE "C"); COMMENT ON COLUMN public.c.b IS 'x'; CREATE TYPE public.e AS (x int, y text);
