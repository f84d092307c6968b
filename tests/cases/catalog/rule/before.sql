CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
CREATE RULE r AS ON DELETE TO public.t DO INSTEAD NOTHING; COMMENT ON RULE r ON public.t IS 'x'; CREATE RULE q AS ON UPDATE TO public.t WHERE OLD.b > 0 DO ALSO INSERT INTO public.t (id, c) VALUES (1, 'a'); ALTER TABLE public.t DISABLE RULE q;
