CREATE TABLE app.t (id int);
TRUNCATE app.t;
