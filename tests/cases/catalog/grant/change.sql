GRANT SELECT, INSERT ON public.t TO reader; GRANT EXECUTE ON FUNCTION pg_catalog.now() TO reader;
