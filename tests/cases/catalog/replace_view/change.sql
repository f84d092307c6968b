CREATE OR REPLACE VIEW public.v AS SELECT id, a FROM public.t WHERE b > 1;
