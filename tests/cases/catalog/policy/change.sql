DROP POLICY p ON public.t; ALTER POLICY q ON public.t TO reader USING (b > 3); ALTER POLICY r ON public.t RENAME TO s;
