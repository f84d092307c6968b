CREATE TABLE public.t (a int, g int GENERATED ALWAYS AS (a * 2) STORED);
