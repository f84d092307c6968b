CREATE FUNCTION public.d() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
