ALTER TABLE public.t SET SCHEMA s; CREATE TABLE public.t (id int); CREATE TYPE public.u AS ENUM ('a'); ALTER FUNCTION public.f(s.t) SET SCHEMA s
