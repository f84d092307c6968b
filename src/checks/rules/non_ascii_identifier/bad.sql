CREATE TABLE app.usеrs (id int);
