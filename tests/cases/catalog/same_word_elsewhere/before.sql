CREATE TABLE public.t (x int); CREATE TABLE public.u (x int, y int, CONSTRAINT c CHECK (x > 0))
