-- expect: temporary-object, unqualified-name
CREATE TEMP TABLE acct (id int);
ALTER TABLE acct ADD COLUMN c int;
