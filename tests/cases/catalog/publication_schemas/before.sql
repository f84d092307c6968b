CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY, a int, b int); CREATE TABLE public.u (id int PRIMARY KEY, x int);
CREATE PUBLICATION p1 FOR TABLES IN SCHEMA s WITH (publish = 'insert');
CREATE PUBLICATION p2 FOR TABLE public.u WHERE (id > 3);
