CREATE DOMAIN public.d AS int CONSTRAINT low CHECK (VALUE > 0);
CREATE DOMAIN public.e AS public.d;
CREATE TABLE public.t (one public.e, many public.d[]);
