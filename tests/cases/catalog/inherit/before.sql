CREATE TABLE public.p (a int); CREATE TABLE public.c (a int, b int);
