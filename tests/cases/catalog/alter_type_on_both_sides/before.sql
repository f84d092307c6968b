CREATE TABLE public.places (id bigint PRIMARY KEY);
CREATE TABLE public.visits (place bigint REFERENCES public.places (id));
