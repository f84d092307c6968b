CREATE TYPE public.empty; ALTER TYPE public.empty OWNER TO app;
