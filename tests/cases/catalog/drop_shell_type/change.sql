DROP TYPE public.empty;
