CREATE TABLE app.temporary (id int);
