DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$; DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE UNLOGGED TABLE public.t (id int PRIMARY KEY, a text, b text) WITH (fillfactor=70, autovacuum_enabled=false, toast.autovacuum_enabled=false);
ALTER TABLE public.t ALTER a SET (n_distinct=5), ALTER a SET STATISTICS 10, ALTER b SET STORAGE MAIN;
CREATE UNIQUE INDEX u ON public.t (id, a) WITH (deduplicate_items=off); ALTER TABLE public.t ALTER a SET NOT NULL; ALTER TABLE public.t REPLICA IDENTITY USING INDEX u; ALTER TABLE public.t CLUSTER ON u;
CREATE INDEX ex ON public.t ((a || b)); ALTER INDEX public.ex ALTER COLUMN 1 SET STATISTICS 99;
ALTER TABLE public.t OWNER TO app; GRANT SELECT, INSERT ON public.t TO reader; GRANT UPDATE (b) ON public.t TO reader;
