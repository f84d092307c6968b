CREATE MATERIALIZED VIEW public.m WITH (fillfactor = 70, toast.autovacuum_enabled = off) AS SELECT 'a'::text AS a;
