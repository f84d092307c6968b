CREATE SEQUENCE public.s AS smallint START 3 MINVALUE 2 MAXVALUE 99; SELECT nextval('public.s'); COMMENT ON SEQUENCE public.s IS 'x';
