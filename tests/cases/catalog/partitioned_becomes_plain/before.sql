CREATE TABLE public.readings (place text NOT NULL, value int) PARTITION BY LIST (place);
CREATE TABLE public.readings_north PARTITION OF public.readings FOR VALUES IN ('north');
CREATE INDEX readings_value ON public.readings (value);
CREATE VIEW public.high AS SELECT value FROM public.readings_north WHERE value > 9;
