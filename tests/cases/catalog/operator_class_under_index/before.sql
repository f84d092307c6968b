CREATE FUNCTION public.by_length(text, text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT length($1) - length($2)';
CREATE OPERATOR CLASS public.length_ops FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 public.by_length(text, text); CREATE TABLE public.t (a text); CREATE INDEX i ON public.t (a public.length_ops);
