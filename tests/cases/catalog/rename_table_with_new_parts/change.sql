ALTER TABLE public.t RENAME TO u; ALTER TABLE public.u ADD b int CHECK (b > 0), ADD UNIQUE (a); CREATE INDEX u_b ON public.u (b); ALTER TABLE public.u RENAME a TO aa;
