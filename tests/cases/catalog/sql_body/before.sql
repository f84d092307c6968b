CREATE TABLE public.t (id int PRIMARY KEY, a text, b int DEFAULT 5, c varchar(20) NOT NULL);
CREATE FUNCTION public.f(x int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM public.t WHERE id = x; SELECT 5::bigint; END;
