CREATE TYPE public.mood AS ENUM ('sad','ok');
CREATE TABLE public.person (id int PRIMARY KEY, m public.mood DEFAULT 'ok');
CREATE TABLE public.other (m public.mood);
