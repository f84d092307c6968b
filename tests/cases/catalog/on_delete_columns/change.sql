ALTER TABLE public.o DROP CONSTRAINT o_a_b_fkey;
