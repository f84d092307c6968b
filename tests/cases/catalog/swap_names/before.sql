CREATE TABLE public.t (id int PRIMARY KEY, a int); CREATE TABLE public.t_new (id bigint PRIMARY KEY, a int, b int);
CREATE VIEW public.v AS SELECT id FROM public.t;
