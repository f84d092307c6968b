ALTER INDEX public.i SET (fillfactor = 90); ALTER INDEX public.j RENAME TO k;
