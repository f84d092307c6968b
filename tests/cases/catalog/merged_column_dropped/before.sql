CREATE TABLE public.p (id int); CREATE TABLE public.c (x int) INHERITS (public.p); ALTER TABLE public.c ADD COLUMN b int; ALTER TABLE public.p ADD COLUMN b int;
