CREATE TYPE public.state AS ENUM ('a','b'); ALTER TABLE public.t ADD s public.state DEFAULT 'a';
