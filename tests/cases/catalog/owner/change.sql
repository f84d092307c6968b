ALTER TABLE public.t OWNER TO app; ALTER VIEW public.v OWNER TO app; ALTER FUNCTION public.f() OWNER TO app;
