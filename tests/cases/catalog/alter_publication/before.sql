CREATE TABLE public.t (a int, b int, c text);
CREATE TABLE public.u (a int PRIMARY KEY); CREATE TABLE public.v (a int); CREATE PUBLICATION p FOR TABLE public.t, public.u; CREATE PUBLICATION q;
