CREATE TABLE public.t (id serial PRIMARY KEY, a text NOT NULL DEFAULT 'x', UNIQUE (a)); COMMENT ON COLUMN public.t.a IS 'a';
