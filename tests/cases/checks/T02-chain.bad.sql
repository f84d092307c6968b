-- expect: transaction-control
BEGIN; CREATE TABLE app.e1 (); COMMIT AND CHAIN; CREATE TABLE app.e2 (); COMMIT;
