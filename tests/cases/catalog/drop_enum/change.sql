DROP TYPE public.e;
