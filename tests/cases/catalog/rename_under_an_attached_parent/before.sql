CREATE TABLE public.p (b int); CREATE TABLE public.c (b int, x int);
