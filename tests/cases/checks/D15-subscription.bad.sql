-- expect: not-allowed, not-in-transaction
CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p;
