DROP OPERATOR CLASS public.length_ops USING btree; DROP OPERATOR FAMILY public.lengths USING btree; DROP OPERATOR FAMILY public.own_ops USING hash;
