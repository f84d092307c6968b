CREATE TABLE public.t (id int PRIMARY KEY, a int, a_new bigint DEFAULT 0);
