CREATE TABLE public.p (k int PRIMARY KEY) PARTITION BY LIST (k); CREATE TABLE public.o (k int REFERENCES public.p);
