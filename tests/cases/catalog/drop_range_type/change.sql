DROP FUNCTION public.low(public.floats); DROP TYPE public.floats; DROP TYPE public.words;
