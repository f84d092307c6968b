CREATE TABLE public.p (id int, a int); CREATE TABLE public.c (b int) INHERITS (public.p);
