CREATE TABLE public.p (a int); CREATE TABLE public.c (b int) INHERITS (public.p);
