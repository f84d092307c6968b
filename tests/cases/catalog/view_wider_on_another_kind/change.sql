DROP VIEW public.v;
DROP MATERIALIZED VIEW public.m;
CREATE TABLE public.m (a int, b text);
CREATE VIEW public.v AS SELECT a FROM public.m;
