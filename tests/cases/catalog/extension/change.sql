CREATE EXTENSION vector; CREATE TABLE public.t (v vector(3));
