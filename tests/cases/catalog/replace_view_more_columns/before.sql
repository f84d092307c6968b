CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
CREATE VIEW public.v AS SELECT id FROM public.t; CREATE VIEW public.w AS SELECT id FROM public.v; COMMENT ON COLUMN public.v.id IS 'x';
