CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
CREATE VIEW public.v WITH (security_barrier) AS SELECT id FROM public.t;
