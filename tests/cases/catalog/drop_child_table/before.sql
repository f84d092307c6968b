CREATE TABLE public.p (a int, CONSTRAINT k CHECK (a > 0)); CREATE TABLE public.c (b int) INHERITS (public.p);
