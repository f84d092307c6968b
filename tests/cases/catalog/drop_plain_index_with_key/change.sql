DROP TABLE public.readings_north;
