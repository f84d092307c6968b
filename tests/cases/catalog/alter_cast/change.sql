DROP CAST (varchar AS public.mood); CREATE CAST (varchar AS public.mood) WITH INOUT;
