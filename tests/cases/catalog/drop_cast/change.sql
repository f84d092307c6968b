DROP CAST (text AS public.pair); DROP CAST (varchar AS public.mood);
