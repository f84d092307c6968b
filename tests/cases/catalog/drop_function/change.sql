DROP FUNCTION public."F g"; DROP FUNCTION public.z;
