CREATE TYPE public.c AS (a int, b text);
CREATE TABLE public.t (id int, v public.c);
