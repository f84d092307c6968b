CREATE TABLE public.p (k int NOT NULL, a varchar(5)) PARTITION BY LIST (k); CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1);
