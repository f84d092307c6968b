CREATE TABLE public.p (id int); CREATE TABLE public.m (x int) INHERITS (public.p); CREATE TABLE public.c (y int) INHERITS (public.m);
