DROP COLLATION public.plain;
