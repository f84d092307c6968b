CREATE TABLE public.t (a int NOT NULL DEFAULT 5, b int NOT NULL);
