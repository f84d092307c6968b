ALTER TYPE public.number SET (SEND = public.number_send);
