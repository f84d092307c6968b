-- expect: transaction-control, not-allowed
BEGIN; CREATE TABLE app.p1 (); PREPARE TRANSACTION 'px'; CREATE TABLE app.p2 ();
