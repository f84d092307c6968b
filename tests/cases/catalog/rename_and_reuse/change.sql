ALTER TABLE public.t RENAME COLUMN a TO a_old; ALTER TABLE public.t ADD COLUMN a text;
