ALTER TABLE public.r DROP CONSTRAINT r_during_excl; ALTER TABLE public.r ADD CONSTRAINT n EXCLUDE USING gist (during WITH -|-, int4range(room, room, '[]') WITH =) DEFERRABLE;
ALTER TABLE public.r ALTER during TYPE tstzrange USING tstzrange(lower(during), upper(during));
