CREATE VIEW public.v WITH (security_barrier) AS SELECT id FROM public.t; CREATE VIEW public.w AS SELECT id FROM public.v; COMMENT ON VIEW public.w IS 'x';
