-- not flagged: concurrently-in-transaction
BEGIN;
SELECT 1;
COMMIT;
CREATE INDEX CONCURRENTLY a ON shop.item (name);
