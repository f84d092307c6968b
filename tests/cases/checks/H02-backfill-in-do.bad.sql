-- flagged: backfill-in-same-transaction, every-row-written
DO $$
BEGIN
  ALTER TABLE shop.item ADD COLUMN slug text;
  UPDATE shop.item SET slug = lower(name);
END $$;
