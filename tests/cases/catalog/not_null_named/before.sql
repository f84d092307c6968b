CREATE TABLE public.t (a int, b int CONSTRAINT bb NOT NULL, c int NOT NULL);
