CREATE TABLE other.t (id int);
