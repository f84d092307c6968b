-- flagged: concurrently-in-transaction
START TRANSACTION;
DROP INDEX CONCURRENTLY shop.a;
COMMIT;
