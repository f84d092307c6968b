-- expect: non-ascii-identifier
CREATE TABLE app.usеrs (id int);
