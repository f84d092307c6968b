CREATE FUNCTION public.f() RETURNS int LANGUAGE sql RETURN 1; CREATE TABLE public.t (id int, n bigint NOT NULL DEFAULT public.f());
