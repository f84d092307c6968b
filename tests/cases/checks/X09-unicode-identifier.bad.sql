-- expect: non-ascii-identifier
DROP TABLE app.U&"\0075sers";
