DROP TABLE public.t; CREATE TABLE public.t (id int, a text); ALTER TABLE public.u DROP COLUMN a; ALTER TABLE public.u ADD COLUMN a text; ALTER TABLE public.u ADD COLUMN b int
