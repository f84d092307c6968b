CREATE TABLE public.p (id int, a int) PARTITION BY LIST (a);
CREATE TABLE public.c (id int, a int);
ALTER TABLE public.c ADD CONSTRAINT c_first UNIQUE (id, a);
ALTER TABLE public.c ADD CONSTRAINT c_second UNIQUE (id, a);
CREATE UNIQUE INDEX c_third ON public.c (id, a);
CREATE UNIQUE INDEX p_idx ON public.p (id, a);
ALTER TABLE public.p ADD CONSTRAINT p_key UNIQUE (id, a);
ALTER TABLE public.p ATTACH PARTITION public.c FOR VALUES IN (1);
