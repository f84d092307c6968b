CREATE TABLE public.parent (id int);
CREATE TABLE public.child (note text) INHERITS (public.parent);
ALTER TABLE public.child ADD COLUMN extra int;
