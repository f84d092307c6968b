CREATE TYPE public.pair AS (a int, b int); CREATE FUNCTION public.pair(text) RETURNS public.pair LANGUAGE sql AS 'SELECT ROW(1, 2)::public.pair'; CREATE TYPE public.mood AS ENUM ('a');
