DROP TYPE public.steps CASCADE;
