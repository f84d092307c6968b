CREATE COLLATION public.u (provider = builtin, locale = 'C.UTF-8');
