CREATE TYPE public.pair AS (a int, b int); CREATE FUNCTION public.pair(text) RETURNS public.pair LANGUAGE sql AS 'SELECT ROW(1, 2)::public.pair'; CREATE TYPE public.mood AS ENUM ('a');
CREATE CAST (text AS public.pair) WITH FUNCTION public.pair(text) AS ASSIGNMENT; CREATE CAST (varchar AS public.mood) WITH INOUT AS IMPLICIT; COMMENT ON CAST (text AS public.pair) IS 'x';
