ALTER MATERIALIZED VIEW public.m SET (toast.autovacuum_enabled = on); ALTER MATERIALIZED VIEW public.m RESET (fillfactor);
