COMMENT ON TABLE public.t IS E'it''s \\ new\nline'; COMMENT ON COLUMN public.t.a IS 'a'; COMMENT ON CONSTRAINT t_pkey ON public.t IS 'k';
