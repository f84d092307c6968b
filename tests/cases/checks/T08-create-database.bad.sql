-- expect: not-in-transaction, not-allowed
CREATE DATABASE x;
