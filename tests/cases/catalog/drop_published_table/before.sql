CREATE VIEW public.v AS SELECT 1 AS a; CREATE TABLE public.u (a int); CREATE TABLE public.t (a int); CREATE PUBLICATION p FOR TABLE public.t, public.u;
