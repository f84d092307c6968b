CREATE TABLE app.a_short_name (id int);
