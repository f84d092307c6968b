DROP VIEW public.high;
DROP TABLE public.readings;
CREATE TABLE public.readings (place text NOT NULL, value int);
CREATE INDEX readings_value ON public.readings (value);
