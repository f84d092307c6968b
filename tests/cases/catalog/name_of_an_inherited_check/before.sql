CREATE TABLE public.base (a int);
CREATE TABLE public.kid (b int, CONSTRAINT ck CHECK (b > 0)) INHERITS (public.base);
