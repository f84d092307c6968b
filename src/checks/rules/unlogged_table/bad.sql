CREATE UNLOGGED TABLE app.t (id int);
