DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
ALTER TABLE public.t ADD CHECK (b > 0), ADD UNIQUE (a, b); CREATE INDEX t_b ON public.t (b DESC); COMMENT ON TABLE public.t IS 'x'; COMMENT ON COLUMN public.t.a IS 'y'; GRANT SELECT ON public.t TO reader; GRANT UPDATE (a) ON public.t TO reader; CREATE TABLE public.other (t int REFERENCES public.t);
