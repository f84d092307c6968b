CREATE TABLE public.p (id int); CREATE TABLE public.c (x int) INHERITS (public.p);
