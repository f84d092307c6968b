DROP STATISTICS public.ab, public.one;
