CREATE DOMAIN public.d AS numeric(5, 2) CHECK (VALUE > 0); CREATE TABLE public.t (d public.d);
