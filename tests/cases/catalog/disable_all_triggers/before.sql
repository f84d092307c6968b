CREATE TABLE public.t (id int PRIMARY KEY); CREATE TABLE public.o (t int REFERENCES public.t);
