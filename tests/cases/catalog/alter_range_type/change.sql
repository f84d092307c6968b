ALTER TYPE public.many_floats RENAME TO more_floats; DROP TYPE public.words; CREATE TYPE public.words AS RANGE (subtype = text);
