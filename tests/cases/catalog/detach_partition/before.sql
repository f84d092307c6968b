CREATE TABLE public.p (k int NOT NULL, a text, PRIMARY KEY (k)) PARTITION BY RANGE (k); CREATE INDEX p_a ON public.p (a); CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (1) TO (10);
