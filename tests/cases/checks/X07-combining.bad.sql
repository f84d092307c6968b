-- expect: non-ascii-identifier
CREATE TABLE app.café (id int);
