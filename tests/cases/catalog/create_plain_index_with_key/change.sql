CREATE UNIQUE INDEX readings_key ON ONLY public.readings (place, number);
ALTER TABLE public.readings_north ADD PRIMARY KEY (place, number);
ALTER INDEX public.readings_key ATTACH PARTITION public.readings_north_pkey;
