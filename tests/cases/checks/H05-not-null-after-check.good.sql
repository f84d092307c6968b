-- not flagged: set-not-null
ALTER TABLE shop.item ADD CONSTRAINT item_n CHECK (name IS NOT NULL) NOT VALID;
ALTER TABLE shop.item VALIDATE CONSTRAINT item_n;
ALTER TABLE shop.item ALTER COLUMN name SET NOT NULL;
ALTER TABLE shop.item DROP CONSTRAINT item_n;
