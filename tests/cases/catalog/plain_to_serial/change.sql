CREATE SEQUENCE public.q AS int; ALTER TABLE public.t ALTER id SET DEFAULT nextval('public.q'); ALTER SEQUENCE public.q OWNED BY public.t.id;
