ALTER TABLE public.t RENAME TO u; ALTER TABLE public.u RENAME b TO bb; ALTER TABLE public.u RENAME id TO key;
