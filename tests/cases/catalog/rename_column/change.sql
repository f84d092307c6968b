ALTER TABLE public.t RENAME b TO bee;
