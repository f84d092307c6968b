CREATE TABLE public.t (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE public.o (a int, b int, FOREIGN KEY (a, b) REFERENCES public.t ON DELETE SET NULL (b));
