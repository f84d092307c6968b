CREATE TABLE public.a (id int CONSTRAINT a_pk PRIMARY KEY, code text NOT NULL);
CREATE TABLE public.b (a int CONSTRAINT fk REFERENCES public.a ON UPDATE CASCADE, c text);
COMMENT ON CONSTRAINT fk ON public.b IS 'k';
