CREATE CAST (text AS public.pair) WITH FUNCTION public.pair(text) AS ASSIGNMENT; CREATE CAST (varchar AS public.mood) WITH INOUT AS IMPLICIT; COMMENT ON CAST (text AS public.pair) IS 'x';
