ALTER TABLE public.visits DROP CONSTRAINT visits_place_fkey;
ALTER TABLE public.places ALTER COLUMN id TYPE text;
ALTER TABLE public.visits ALTER COLUMN place TYPE text;
ALTER TABLE public.visits ADD FOREIGN KEY (place) REFERENCES public.places (id);
