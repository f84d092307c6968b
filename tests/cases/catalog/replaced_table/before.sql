CREATE TABLE public.t (id int, a text); CREATE TABLE public.u (id int, a text)
