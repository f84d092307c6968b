DROP VIEW public.v;
DROP FUNCTION public.f();
CREATE FUNCTION public.f() RETURNS TABLE (x int, y text, z int) LANGUAGE sql AS 'SELECT 1, NULL::text, 2';
CREATE VIEW public.v AS SELECT x, z FROM public.f();
DROP FUNCTION public.f(int, int);
CREATE FUNCTION public.f(a int, b int DEFAULT 3, c int DEFAULT 4) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE OR REPLACE PROCEDURE public.p(INOUT a int DEFAULT 9) LANGUAGE plpgsql AS 'BEGIN a := 1; END';
ALTER FUNCTION public.f(text, text[]) SET work_mem = '1MB';
