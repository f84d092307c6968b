DROP TYPE public.number CASCADE;
