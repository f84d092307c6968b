DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
CREATE POLICY p ON public.t AS RESTRICTIVE FOR UPDATE TO app USING (b > 0) WITH CHECK (b > 1); CREATE POLICY q ON public.t USING (true); COMMENT ON POLICY p ON public.t IS 'x'; CREATE POLICY r ON public.t FOR SELECT USING (b > 1);
