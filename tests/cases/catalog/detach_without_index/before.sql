CREATE TABLE public.p (a int, b int) PARTITION BY LIST (a);
CREATE TABLE public.p_1 (a int, b int);
CREATE FUNCTION public.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE public.o (a int PRIMARY KEY);
