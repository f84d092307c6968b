-- flagged: backfill-in-same-transaction
BEGIN;
ALTER TABLE shop.item ADD COLUMN slug text;
UPDATE shop.item SET slug = lower(name);
COMMIT;
