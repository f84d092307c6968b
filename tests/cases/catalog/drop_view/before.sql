DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
CREATE VIEW public.v WITH (security_barrier) AS SELECT id, a AS "A b" FROM public.t WITH CHECK OPTION; CREATE VIEW public.w AS SELECT id FROM public.v; COMMENT ON VIEW public.w IS 'x'; GRANT SELECT ON public.w TO reader; ALTER VIEW public.v ALTER id SET DEFAULT 4; ALTER VIEW public.v OWNER TO app;
