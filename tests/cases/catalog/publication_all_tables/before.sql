CREATE TABLE public.t (a int, b int, c text);
CREATE PUBLICATION p FOR TABLE public.t; COMMENT ON PUBLICATION p IS 'x';
