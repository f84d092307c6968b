DROP INDEX public.i; DROP OPERATOR FAMILY public.length_ops USING btree;
