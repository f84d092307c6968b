DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
DO $$ BEGIN CREATE ROLE app; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE FUNCTION public.diff(x float8, y float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT x - y';
CREATE TYPE public.floats AS RANGE (subtype = float8, subtype_diff = public.diff, multirange_type_name = many_floats); CREATE TYPE public.words AS RANGE (subtype = text, collation = "C", subtype_opclass = text_pattern_ops); COMMENT ON TYPE public.floats IS 'x'; ALTER TYPE public.words OWNER TO app; REVOKE USAGE ON TYPE public.floats FROM PUBLIC; CREATE FUNCTION public.low(public.floats) RETURNS float8 LANGUAGE sql AS 'SELECT lower($1)';
