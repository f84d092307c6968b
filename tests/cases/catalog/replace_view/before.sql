CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
CREATE VIEW public.v AS SELECT id, a FROM public.t WHERE b > 0;
