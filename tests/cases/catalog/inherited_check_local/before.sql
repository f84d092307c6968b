CREATE TABLE public.a (id int, CONSTRAINT ck CHECK (id > 0)); CREATE TABLE public.b (m int) INHERITS (public.a);
