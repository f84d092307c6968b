CREATE TYPE public.ct AS (a int, b text); CREATE TABLE public.t OF public.ct;
