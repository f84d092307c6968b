-- flagged: index-not-concurrent, drop-column, set-not-null
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'i') THEN
    CREATE INDEX i ON shop.item (name);
  END IF;
  ALTER TABLE shop.item DROP COLUMN old;
  ALTER TABLE shop.item ALTER COLUMN name SET NOT NULL;
END $$;
