CREATE TABLE public.a (id int, n text DEFAULT 'x' NOT NULL, CONSTRAINT ck CHECK (id > 0));
CREATE TABLE public.b (m int) INHERITS (public.a);
CREATE TABLE public.d (n text) INHERITS (public.b);
