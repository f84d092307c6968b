-- expect: not-in-transaction, not-allowed
VACUUM app.t;
