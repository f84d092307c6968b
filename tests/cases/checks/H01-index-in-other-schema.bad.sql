-- flagged: index-not-concurrent, drop-table
CREATE SCHEMA IF NOT EXISTS shop;
CREATE INDEX item_idx ON shop.item (id);
DROP TABLE shop.old;
