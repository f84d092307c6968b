-- expect: unparsable
CREATE TABEL app.t (id int);
