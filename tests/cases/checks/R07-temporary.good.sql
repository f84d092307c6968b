CREATE TABLE app.acct (id int);
ALTER TABLE app.acct ADD COLUMN c int;
