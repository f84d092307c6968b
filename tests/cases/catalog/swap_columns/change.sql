ALTER TABLE public.t RENAME a TO tmp; ALTER TABLE public.t RENAME b TO a; ALTER TABLE public.t RENAME tmp TO b;
