DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$; DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE public.docs (id int PRIMARY KEY, owner_name text, team int);
CREATE TABLE public.teams (id int PRIMARY KEY, name text);
ALTER TABLE public.docs ENABLE ROW LEVEL SECURITY; ALTER TABLE public.docs FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.docs FOR ALL TO PUBLIC USING (owner_name = current_user) WITH CHECK (owner_name = current_user);
CREATE POLICY team ON public.docs AS RESTRICTIVE FOR SELECT TO reader USING (team IN (SELECT id FROM public.teams WHERE name = current_user));
COMMENT ON POLICY own ON public.docs IS 'p';
GRANT SELECT (id, owner_name), UPDATE (team) ON public.docs TO reader;
