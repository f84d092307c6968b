ALTER TABLE public.t ADD d int DEFAULT nextval('public.s'); ALTER SEQUENCE public.s OWNED BY public.t.d;
