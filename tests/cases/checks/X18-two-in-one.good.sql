CREATE TABLE app.one (id int); CREATE TABLE app.two (id int);
