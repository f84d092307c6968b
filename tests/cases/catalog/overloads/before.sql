DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$; DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE FUNCTION public.f(a int, b int DEFAULT 2, OUT c int) LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION public.f(a text, VARIADIC b text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS 'SELECT a';
CREATE FUNCTION public.f() RETURNS TABLE (x int, y text) LANGUAGE sql ROWS 5 COST 7 AS 'SELECT 1, NULL::text';
CREATE PROCEDURE public.p(INOUT a int DEFAULT 1) LANGUAGE sql AS 'SELECT 1';
CREATE VIEW public.v AS SELECT x FROM public.f();
GRANT EXECUTE ON FUNCTION public.f(int, int) TO reader; REVOKE EXECUTE ON FUNCTION public.f() FROM PUBLIC;
COMMENT ON FUNCTION public.f(text, text[]) IS 'tt';
