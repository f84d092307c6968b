CREATE SEQUENCE public.s;CREATE TABLE public.t (a int DEFAULT nextval('public.s'));
