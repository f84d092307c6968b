CREATE TABLE app.t (id int);
DROP TABLE app.t;
