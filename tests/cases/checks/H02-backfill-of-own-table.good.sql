-- not flagged: backfill-in-same-transaction, every-row-written
BEGIN;
CREATE TABLE shop.item (id bigint PRIMARY KEY, slug text);
ALTER TABLE shop.item ADD COLUMN name text;
UPDATE shop.item SET name = slug;
COMMIT;
