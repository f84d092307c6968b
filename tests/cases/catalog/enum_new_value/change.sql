ALTER TYPE public.mood ADD VALUE 'happy' BEFORE 'ok';
ALTER TABLE public.other ADD COLUMN n public.mood;
