CREATE TABEL app.t (id int);
