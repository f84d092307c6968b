CREATE TABLE public.t (a int, b int, c text);
CREATE TABLE public.u (a int PRIMARY KEY); CREATE SCHEMA s; CREATE PUBLICATION p FOR TABLE public.t (b, a) WHERE (a > 5 AND b < 3), public.u; CREATE PUBLICATION q FOR TABLES IN SCHEMA s, TABLE public.u;
