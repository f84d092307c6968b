ALTER POLICY q ON public.t WITH CHECK (b > 3);
