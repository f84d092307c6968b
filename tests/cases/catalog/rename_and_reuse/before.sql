CREATE TABLE public.t (id int PRIMARY KEY, a int); CREATE INDEX i ON public.t (a);
