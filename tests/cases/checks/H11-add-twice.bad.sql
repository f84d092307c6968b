-- flagged: not-repeatable
ALTER TABLE shop.item DROP CONSTRAINT IF EXISTS item_c;
ALTER TABLE shop.item ADD CONSTRAINT item_c CHECK (id > 0) NOT VALID;
ALTER TABLE shop.item ADD CONSTRAINT item_c CHECK (id > 1) NOT VALID;
