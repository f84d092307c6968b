DROP FUNCTION public.f;
