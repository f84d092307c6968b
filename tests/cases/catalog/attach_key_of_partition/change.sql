ALTER TABLE public.readings DROP CONSTRAINT readings_pkey;
CREATE UNIQUE INDEX readings_pkey ON ONLY public.readings (place, number);
ALTER TABLE public.readings_north ADD PRIMARY KEY (place, number);
