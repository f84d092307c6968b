ALTER TABLE public.t SET LOGGED; ALTER TABLE public.t RESET (fillfactor), SET (toast.autovacuum_enabled=true);
ALTER TABLE public.t ALTER a RESET (n_distinct), ALTER a SET STATISTICS -1, ALTER b SET STORAGE EXTENDED;
ALTER TABLE public.t REPLICA IDENTITY FULL; ALTER TABLE public.t SET WITHOUT CLUSTER; ALTER INDEX public.u RESET (deduplicate_items);
ALTER INDEX public.ex ALTER COLUMN 1 SET STATISTICS 3; ALTER TABLE public.t OWNER TO postgres; REVOKE ALL ON public.t FROM reader; REVOKE UPDATE (b) ON public.t FROM reader; GRANT DELETE ON public.t TO PUBLIC;
