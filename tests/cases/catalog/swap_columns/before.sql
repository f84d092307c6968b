CREATE TABLE public.t (id int PRIMARY KEY, a int, b text DEFAULT 'q'); CREATE VIEW public.v AS SELECT a, b FROM public.t;
