ALTER TYPE public.e ADD VALUE 'c' BEFORE 'b';
