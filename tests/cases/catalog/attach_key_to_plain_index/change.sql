ALTER INDEX public.readings_key ATTACH PARTITION public.readings_north_pkey;
