CREATE MATERIALIZED VIEW public.m AS SELECT 1 AS a, 'x'::text AS b;
CREATE VIEW public.v AS SELECT a, b FROM public.m;
