DROP TABLE public.a, public.b CASCADE; DROP FUNCTION IF EXISTS public.g
