ALTER TABLE public.t RENAME TO t_old; ALTER TABLE public.t_new RENAME TO t;
