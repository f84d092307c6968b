CREATE FUNCTION public.f(x int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x + 1';
CREATE FUNCTION public.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE public.t (id int PRIMARY KEY, n int DEFAULT public.f(1) CHECK (public.f(n) > 0), g int GENERATED ALWAYS AS (public.f(id)) STORED);
CREATE INDEX t_f ON public.t (public.f(n)) WHERE public.f(n) > 3;
CREATE VIEW public.v AS SELECT public.f(n) AS fn FROM public.t;
CREATE POLICY p ON public.t USING (public.f(n) > 2);
CREATE STATISTICS public.st ON (public.f(n)), id FROM public.t;
CREATE TRIGGER tg BEFORE UPDATE ON public.t FOR EACH ROW WHEN (public.f(NEW.n) > 1) EXECUTE FUNCTION public.tf();
