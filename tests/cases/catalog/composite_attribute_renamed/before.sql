CREATE TYPE public.c AS (a int, b text, d date); COMMENT ON COLUMN public.c.b IS $$x$$;
CREATE TABLE public.t (id int, v public.c, w public.c[] DEFAULT ARRAY[ROW(1, $$x$$, NULL)::public.c]);
CREATE VIEW public.s AS SELECT (v).b AS n FROM public.t;
INSERT INTO public.t VALUES (1, ROW(1, $$x$$, NULL));
