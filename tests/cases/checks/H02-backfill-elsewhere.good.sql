-- not flagged: backfill-in-same-transaction
BEGIN;
ALTER TABLE shop.item ADD COLUMN slug text;
COMMIT;
BEGIN;
UPDATE shop.item SET slug = lower(name) WHERE id BETWEEN 1 AND 1000;
COMMIT;
