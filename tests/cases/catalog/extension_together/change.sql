DROP FUNCTION public.f(public.citext);
ALTER TABLE public.u ALTER email DROP DEFAULT; ALTER TABLE public.u ALTER COLUMN email TYPE text;
DROP EXTENSION citext;
CREATE EXTENSION pg_trgm SCHEMA public VERSION '1.6';
CREATE INDEX trg ON public.u USING gin (email public.gin_trgm_ops);
