-- expect: transaction-control, not-allowed
BEGIN; SAVEPOINT a; CREATE TABLE app.t (); ROLLBACK TO a; COMMIT;
