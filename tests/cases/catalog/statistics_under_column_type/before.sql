CREATE TABLE public.t (a int, b int, c text);
CREATE STATISTICS public.ab (dependencies) ON a, b FROM public.t;
