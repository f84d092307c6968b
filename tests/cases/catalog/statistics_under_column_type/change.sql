ALTER TABLE public.t ALTER a TYPE bigint;
