DROP VIEW public.v;
DROP TABLE public.m;
CREATE MATERIALIZED VIEW public.m AS SELECT 1 AS a;
CREATE VIEW public.v AS SELECT a FROM public.m;
COMMENT ON VIEW public.v IS 'on another';
