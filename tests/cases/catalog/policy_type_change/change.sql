DROP VIEW public.vv; DROP VIEW public.v; DROP POLICY own ON public.docs; DROP TRIGGER tr ON public.docs;
ALTER TABLE public.docs ALTER COLUMN o TYPE text;
CREATE POLICY own ON public.docs USING (o = current_user);
CREATE VIEW public.v AS SELECT o, n FROM public.docs;
