CREATE TABLE public.a (id int PRIMARY KEY, b int); CREATE TABLE public.b (id int PRIMARY KEY, a int, s int REFERENCES public.b);
ALTER TABLE public.a ADD CONSTRAINT ab FOREIGN KEY (b) REFERENCES public.b DEFERRABLE;
ALTER TABLE public.b ADD CONSTRAINT ba FOREIGN KEY (a) REFERENCES public.a ON DELETE SET NULL NOT VALID;
CREATE FUNCTION public.g(public.a) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW public.va AS SELECT a.id, public.g(a.*) FROM public.a;
ALTER TABLE public.b ADD COLUMN w public.va;
