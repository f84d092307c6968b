ALTER TABLE public.other DROP CONSTRAINT other_t_fkey; DROP TABLE public.t;
