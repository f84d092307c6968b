CREATE TABLE public.p (a int); CREATE TABLE public.q (a int); CREATE TABLE public.c (a int) INHERITS (public.p, public.q);
