CREATE TABLE public.a (id int PRIMARY KEY, n text DEFAULT 'x' NOT NULL, CONSTRAINT ck CHECK (id > 0));
CREATE TABLE public.b (m int) INHERITS (public.a);
CREATE TABLE public.c (z int);
CREATE TABLE public.d () INHERITS (public.b, public.c);
ALTER TABLE public.b ALTER COLUMN n SET DEFAULT 'y';
CREATE VIEW public.v AS SELECT * FROM public.a;
