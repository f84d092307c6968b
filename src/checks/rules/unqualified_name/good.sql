CREATE TABLE app.t (id int REFERENCES app.u (id));
