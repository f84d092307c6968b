CREATE TABLE public.p (id int); CREATE TABLE public.q (id int); CREATE TABLE public.c (b int) INHERITS (public.p, public.q);
