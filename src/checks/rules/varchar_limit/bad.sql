CREATE TABLE app.t (title varchar(80));
