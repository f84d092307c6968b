CREATE TABLE public.m (id int, at date NOT NULL, k text) PARTITION BY RANGE (at);
CREATE TABLE public.m1 PARTITION OF public.m FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY LIST (k);
CREATE TABLE public.m1a PARTITION OF public.m1 FOR VALUES IN ('a');
CREATE TABLE public.md PARTITION OF public.m DEFAULT;
ALTER TABLE public.m ADD PRIMARY KEY (id, at, k);
CREATE INDEX m_k ON public.m (k) ;
CREATE TABLE public.r (id int, at date, k text, FOREIGN KEY (id, at, k) REFERENCES public.m);
CREATE FUNCTION public.t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER trg BEFORE INSERT ON public.m FOR EACH ROW EXECUTE FUNCTION public.t();
