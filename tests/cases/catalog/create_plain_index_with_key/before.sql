CREATE TABLE public.readings (place text NOT NULL, number int NOT NULL) PARTITION BY LIST (place);
CREATE TABLE public.readings_north PARTITION OF public.readings FOR VALUES IN ('north');
CREATE TABLE public.readings_south PARTITION OF public.readings FOR VALUES IN ('south');
