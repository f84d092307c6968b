ALTER TABLE public.t ALTER b TYPE bigint, ALTER c TYPE varchar(40);
