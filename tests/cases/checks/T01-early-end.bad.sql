-- expect: transaction-control
BEGIN; CREATE TABLE app.e1 (); END; CREATE TABLE app.e2 ();
