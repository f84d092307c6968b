CREATE TYPE public.c AS (a int, b text, d date);
CREATE TABLE public.t (id int, v public.c);
