ALTER TABLE public.docs RENAME TO documents;
ALTER TABLE public.documents RENAME COLUMN owner_name TO owned_by;
ALTER TABLE public.teams RENAME COLUMN name TO label;
ALTER POLICY own ON public.documents RENAME TO mine;
ALTER POLICY team ON public.documents TO PUBLIC USING (team > 0 AND owned_by <> '');
ALTER TABLE public.documents NO FORCE ROW LEVEL SECURITY;
CREATE POLICY extra ON public.teams USING (label = 'x');
