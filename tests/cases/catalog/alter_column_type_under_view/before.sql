CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
CREATE VIEW public.v AS SELECT id, b FROM public.t; CREATE VIEW public.w AS SELECT b FROM public.v; COMMENT ON VIEW public.v IS 'x'; COMMENT ON COLUMN public.w.b IS 'y';
