-- flagged: backfill-in-same-transaction
ALTER TABLE shop.item ADD COLUMN slug text;
UPDATE shop.item SET slug = lower(name) WHERE slug IS NULL;
