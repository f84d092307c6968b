-- expect: transaction-control
BEGIN READ ONLY; CREATE TABLE app.t (); COMMIT;
