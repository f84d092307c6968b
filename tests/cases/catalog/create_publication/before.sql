DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE public.t (a int, b int, c text);
CREATE TABLE public.u (a int PRIMARY KEY);
