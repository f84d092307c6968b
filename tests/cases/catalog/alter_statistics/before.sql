CREATE TABLE public.t (a int, b int, c text);
CREATE SCHEMA s; CREATE STATISTICS public.ab (dependencies) ON a, b FROM public.t; CREATE STATISTICS public.other ON a, b FROM public.t;
