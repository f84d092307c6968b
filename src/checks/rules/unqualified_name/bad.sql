CREATE TABLE app.t (id int REFERENCES u (id));
