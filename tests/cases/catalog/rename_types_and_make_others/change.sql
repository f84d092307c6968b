ALTER TYPE public.e RENAME TO e2; ALTER DOMAIN public.d RENAME TO d2; CREATE TYPE public.e AS ENUM ('x'); CREATE DOMAIN public.d AS text;
