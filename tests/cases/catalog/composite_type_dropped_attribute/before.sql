CREATE TYPE public.c AS (a int, b text, d date);
