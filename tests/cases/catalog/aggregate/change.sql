DROP AGGREGATE public.total (int), public.n (*); DROP AGGREGATE public.most (float8 ORDER BY anyelement);
