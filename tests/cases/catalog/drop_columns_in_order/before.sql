CREATE TABLE public.t (z int, y int, x int DEFAULT 1, w text NOT NULL);
