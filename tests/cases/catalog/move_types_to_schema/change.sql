CREATE SCHEMA types; ALTER TYPE public.e SET SCHEMA types; ALTER TYPE public.c SET SCHEMA types; ALTER DOMAIN public.d SET SCHEMA types;
ALTER TABLE public.t SET SCHEMA types; ALTER FUNCTION public.f SET SCHEMA types;
