CREATE TABLE public.t (a int, b int); CREATE INDEX i ON public.t (a, (a + b)); ALTER INDEX public.i ALTER COLUMN 2 SET STATISTICS 70; CREATE INDEX j ON public.t ((a * b));
