-- expect: non-ascii-identifier
CREATE TABLE app.a b (id int);
