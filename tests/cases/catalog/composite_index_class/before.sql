CREATE TYPE public.c AS (a int, b int); CREATE TABLE public.t (c public.c, r int4range, e text[], n name, ch "char", i inet, d cidr);
