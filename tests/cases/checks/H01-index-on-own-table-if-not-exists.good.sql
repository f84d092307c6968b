-- not flagged: index-not-concurrent, add-check-without-not-valid
CREATE TABLE IF NOT EXISTS shop.item (id bigint PRIMARY KEY, name text);
CREATE INDEX IF NOT EXISTS item_name_idx ON shop.item (name);
ALTER TABLE shop.item ADD CONSTRAINT item_c CHECK (id > 0);
