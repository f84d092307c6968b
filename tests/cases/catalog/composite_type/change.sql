ALTER TYPE public.c ADD ATTRIBUTE d date; ALTER TYPE public.c ALTER ATTRIBUTE a TYPE bigint; DROP TYPE public.e;
