CREATE TABLE public.u (x int); ALTER SEQUENCE public.t_a_seq OWNED BY public.u.x;
