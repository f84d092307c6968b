-- not flagged: not-repeatable, nested-transaction, uncommitted-transaction
START TRANSACTION;
ALTER TABLE shop.item ADD COLUMN a text;
SAVEPOINT one;
ALTER TABLE shop.item ADD COLUMN b text;
ROLLBACK TO one;
COMMIT;
