CREATE TABLE public.p (a int); CREATE TABLE public.c (CONSTRAINT k CHECK (a > 0)) INHERITS (public.p);
