CREATE TABLE app.t (id int, note text DEFAULT '\i');
