CREATE TABLE public.r (room int, during tsrange, EXCLUDE USING gist (during WITH &&) WHERE (room > 0));
