CREATE TYPE public.c AS (a int, b text);
CREATE TABLE public.t OF public.c (a WITH OPTIONS DEFAULT 5);
