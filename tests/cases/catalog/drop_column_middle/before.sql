CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
CREATE INDEX t_b ON public.t (b); COMMENT ON COLUMN public.t.b IS 'x';
