CREATE TABLE public.t (id serial);
