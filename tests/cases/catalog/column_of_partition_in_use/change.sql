ALTER TABLE public.p ADD COLUMN z int DEFAULT 7; CREATE VIEW public.w AS SELECT z FROM public.p1; CREATE INDEX i ON public.p1 (z); ALTER TABLE public.p1 ADD CHECK (z > 0);
