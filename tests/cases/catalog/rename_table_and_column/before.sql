CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
CREATE INDEX t_b ON public.t (b); ALTER TABLE public.t ADD CHECK (b > 0); CREATE TABLE public.o (t int REFERENCES public.t (id));
