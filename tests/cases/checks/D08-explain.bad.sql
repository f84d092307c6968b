-- expect: opaque, not-allowed
EXPLAIN SELECT public.w();
